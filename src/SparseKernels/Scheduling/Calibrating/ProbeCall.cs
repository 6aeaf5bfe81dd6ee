using SparseKernels.Passes.Frame;

namespace SparseKernels.Scheduling.Calibrating;

/// <summary>A call to be timed.</summary>
/// <param name="Candidate">Pass and kernels.</param>
/// <param name="Packs">With new weights.</param>
/// <param name="Clears">With a mask outside which the result is to be zero.</param>
internal readonly record struct ProbeCall(Candidate Candidate, bool Packs = false, bool Clears = false);
