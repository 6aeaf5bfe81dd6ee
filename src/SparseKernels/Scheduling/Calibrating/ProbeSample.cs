using SparseKernels.Passes.Frame;

namespace SparseKernels.Scheduling.Calibrating;

/// <summary>A measured call.</summary>
/// <param name="Candidate">Pass and kernels.</param>
/// <param name="Work">Shape, threads and densities.</param>
/// <param name="Seconds">The shortest time seen.</param>
internal sealed record ProbeSample(Candidate Candidate, PassWork Work, double Seconds);
