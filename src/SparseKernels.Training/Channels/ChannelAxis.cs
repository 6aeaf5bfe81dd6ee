using SparseKernels.Pruning.Order;
using SparseKernels.Sparsity;
using SparseKernels.Training.Parameters;
using SparseKernels.Training.Tensors;

namespace SparseKernels.Training.Channels;

/// <summary>
/// The axis of a tensor that runs over the channels of a <see cref="ChannelSpace"/>: the outermost, or of weights the second.
/// </summary>
internal sealed class ChannelAxis
{
    private readonly Parameter? _parameter;
    private readonly int _outer;

    private ChannelAxis(Parameter? parameter, float[][] arrays, int outer) => (_parameter, Arrays, _outer) = (parameter, arrays, outer);

    /// <summary>What travels with the channels.</summary>
    public IReadOnlyList<float[]> Arrays { get; }

    /// <summary>The mask of weights; null for other tensors and weights that all train.</summary>
    public WeightPattern? Mask => _parameter?.Mask;

    /// <summary>Whether the axis is the input channels of weights.</summary>
    public bool IsInput { get; private init; }

    /// <summary>Outermost: outputs of weights, or elements of a bias.</summary>
    public static ChannelAxis Outermost(Parameter parameter) => new(parameter, ArraysOf(parameter), outer: 1);

    /// <summary>A running statistic.</summary>
    public static ChannelAxis Outermost(NamedTensor buffer) => new(null, [buffer.Values], outer: 1);

    /// <summary>Inputs of weights <c>[K, C, …]</c>, or of the <c>[K, C·H·W]</c> of a fully connected layer.</summary>
    public static ChannelAxis Inputs(Parameter weight) => new(weight, ArraysOf(weight), weight.Shape[0]) { IsInput = true };

    /// <summary>Puts the channels in another order: value, gradient, what optimisers keep, and mask.</summary>
    /// <param name="order">The old channel at each new place.</param>
    public void Permute(ReadOnlySpan<int> order)
    {
        foreach (var array in Arrays) Permuted(array, order).CopyTo(array, 0);
        if (Mask is { } mask)
        {
            // Whoever prunes the weights holds this object.
            Permuted(mask, order, mask.Group).Words.CopyTo(mask.Words);
            mask.Touch();
        }

        _parameter?.Touch();
    }

    /// <summary>How many more weights of the mask would lie in zero groups in another order.</summary>
    /// <param name="order">The old channel at each new place.</param>
    /// <param name="block">Output channels of a group.</param>
    public long GainOf(ReadOnlySpan<int> order, int block)
    {
        if (Mask is not { } mask) return 0;
        var group = mask.Group with { OutputChannels = block };
        int[] present = [.. Enumerable.Range(0, order.Length)];
        return Permuted(mask, order, group).WeightsInDeadGroups - Permuted(mask, present, group).WeightsInDeadGroups;
    }

    private static float[][] ArraysOf(Parameter parameter) => [parameter.Value, parameter.Gradient, .. parameter.OptimiserArrays];

    private WeightPattern Permuted(WeightPattern mask, ReadOnlySpan<int> order, CoarseGroup group)
    {
        var bits = new bool[mask.Shape.WeightLength];
        for (var i = mask.NextLive(0, bits.Length); i < bits.Length; i = mask.NextLive(i + 1, bits.Length)) bits[i] = true;
        return WeightPattern.FromMask(mask.Shape, Permuted(bits, order), group);
    }

    private T[] Permuted<T>(T[] values, ReadOnlySpan<int> order)
    {
        var to = new T[values.Length];
        ChannelOrder.PermuteInputs<T>(values, _outer, order, to);
        return to;
    }
}
