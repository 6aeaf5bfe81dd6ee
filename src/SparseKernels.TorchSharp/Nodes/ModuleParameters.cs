using TorchParameter = TorchSharp.Modules.Parameter;

namespace SparseKernels.TorchSharp.Nodes;

/// <summary>Where a module keeps its weight and bias, as it has them now.</summary>
/// <param name="Weight">The weight; null for none.</param>
/// <param name="Bias">The bias; null for none.</param>
/// <param name="MayFreeze">
/// Whether its layer only leaves a gradient out where a parameter is frozen: a batch normalisation would go over to its running statistics, others write
/// gradients in any case.
/// </param>
/// <param name="Multiplies">Whether it multiplies by matrices, which is what stretches are made for.</param>
/// <param name="Groups">The groups of its channels.</param>
internal sealed record ModuleParameters(Func<TorchParameter?> Weight, Func<TorchParameter?> Bias, bool MayFreeze, bool Multiplies, int Groups = 1)
{
    /// <summary>Those that there are, weight first.</summary>
    public IEnumerable<Func<TorchParameter?>> All => ((Func<TorchParameter?>[])[Weight, Bias]).Where(get => get() is not null);

    /// <summary>How many there are now.</summary>
    public int Count => (Weight() is null ? 0 : 1) + (Bias() is null ? 0 : 1);

    /// <summary>Those of a module; null for one without any, or of a kind that is not known.</summary>
    /// <param name="module">The module.</param>
    public static ModuleParameters? Of(AnyModule module) => module switch
    {
        TorchModules.Conv2d convolution => new(() => convolution.weight, () => convolution.bias, true, true, (int)convolution.groups),
        TorchModules.ConvTranspose2d transposed => new(() => transposed.weight, () => transposed.bias, false, true, (int)transposed.groups),
        TorchModules.Linear linear => new(() => linear.weight, () => linear.bias, true, true),
        TorchModules.BatchNorm2d { affine: true } norm => new(() => norm.weight, () => norm.bias, false, false),
        TorchModules.GroupNorm { affine: true } norm => new(() => norm.weight, () => norm.bias, false, false),
        IOwnModule own => own.Parameters,
        _ => null,
    };
}
