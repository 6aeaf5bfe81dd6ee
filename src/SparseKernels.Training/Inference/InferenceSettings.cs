using SparseKernels.Threading;

namespace SparseKernels.Training.Inference;

/// <summary>What networks for inference run on.</summary>
/// <param name="Topology">Threads of a call.</param>
/// <param name="Schedule">How convolutions choose their kernels.</param>
/// <param name="Calibration">What they predict times from; null for the machine's own.</param>
internal sealed record InferenceSettings(ComputeTopology Topology, KernelSchedule Schedule, Calibration? Calibration);
