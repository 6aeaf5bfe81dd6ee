using SparseKernels.Bench.Sparsity;

namespace SparseKernels.Bench.Commands;

/// <summary>What the user asked of <c>ratios sparse</c>.</summary>
/// <param name="Run">What every comparison takes.</param>
/// <param name="Group">The groups in which weights are coarsely zero.</param>
/// <param name="WithPeer">Whether libtorch is measured too.</param>
internal sealed record SparseSettings(RunSettings Run, WeightGroup Group, bool WithPeer);
