using System.Runtime.CompilerServices;
using SparseKernels.Sparsity;
using TorchParameter = TorchSharp.Modules.Parameter;

namespace SparseKernels.TorchSharp.Nodes;

/// <summary>
/// The mask of one of torch's parameters, which converted stretches find by the parameter: so it doesn't matter whether a model is converted
/// or pruned first.
/// </summary>
/// <param name="mask">The weights that are left; the same object however it changes.</param>
internal sealed class AttachedMask(WeightPattern mask)
{
    private static readonly ConditionalWeakTable<TorchParameter, AttachedMask> s_masks = [];

    /// <summary>The weights that are left.</summary>
    public WeightPattern Mask { get; } = mask;

    /// <summary>Whether gradients of pruned weights are wanted too.</summary>
    public bool WantsWholeGradient { get; set; }

    /// <summary>That of a parameter; null for none.</summary>
    public static AttachedMask? Of(TorchParameter parameter) => s_masks.TryGetValue(parameter, out var attached) ? attached : null;

    /// <summary>Attaches it to a parameter, in place of one before.</summary>
    public void AttachTo(TorchParameter parameter) => s_masks.AddOrUpdate(parameter, this);

    /// <summary>Takes it from a parameter again.</summary>
    public static void TakeFrom(TorchParameter parameter) => s_masks.Remove(parameter);
}
