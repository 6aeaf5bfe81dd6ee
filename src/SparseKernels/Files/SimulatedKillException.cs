namespace SparseKernels.Files;

/// <summary>Stands in tests for a kill between two system calls: nothing cleans up behind it.</summary>
/// <param name="step">What the process was about to do.</param>
internal sealed class SimulatedKillException(AtomicFileStep step) : Exception($"killed before {step}.");
