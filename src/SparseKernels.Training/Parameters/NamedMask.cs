using SparseKernels.Sparsity;

namespace SparseKernels.Training.Parameters;

/// <summary>The weights of a parameter that train, as a checkpoint keeps them.</summary>
/// <param name="Name">The parameter's name: <c>features.0.weight</c>.</param>
/// <param name="Mask">Its <see cref="Parameter.Mask"/>.</param>
public sealed record NamedMask(string Name, WeightPattern Mask)
{
    /// <summary>A copy of the mask's bits, as a pruning unit's state has them.</summary>
    internal ulong[] CopyWords() => Mask.Words.ToArray();
}
