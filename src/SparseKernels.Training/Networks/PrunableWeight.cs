using SparseKernels.Training.Parameters;

namespace SparseKernels.Training.Networks;

/// <summary>Weights that may be pruned.</summary>
/// <param name="Layer">The name of their layer.</param>
/// <param name="Weight">The weights, <c>[K, C/groups, R, S]</c> or <c>[K, C]</c>.</param>
/// <param name="Groups">Channel groups.</param>
internal sealed record PrunableWeight(string Layer, Parameter Weight, int Groups);
