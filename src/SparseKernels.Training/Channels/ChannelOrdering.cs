using SparseKernels.Pruning.Order;
using SparseKernels.Sparsity;
using SparseKernels.Tensors;

namespace SparseKernels.Training.Channels;

/// <summary>
/// Puts the channels of a network in the orders of <see cref="ChannelOrder.Gather"/>, so that more zeros come to lie
/// in groups that kernels jump. The network computes the same but for the order in which its sums round; nothing but the masks decides.
/// </summary>
internal static class ChannelOrdering
{
    /// <summary>
    /// Orders all channels whose order is free and that pruned weights write, until no order gains: at once again it changes nothing.
    /// </summary>
    /// <returns>Whether any order changed.</returns>
    public static bool Apply(ChannelLinks links)
    {
        var (changed, gains) = (false, true);
        while (gains)
        {
            gains = false;
            foreach (var space in links.Free) gains |= Apply(space);
            changed |= gains;
        }

        return changed;
    }

    private static bool Apply(ChannelSpace space)
    {
        WeightPattern[] masks = [.. space.Axes.Where(axis => !axis.IsInput).Select(axis => axis.Mask).OfType<WeightPattern>()];
        if (masks.Length == 0) return false;

        // Kernels jump lane blocks; a group of fewer outputs lies in one.
        var block = masks.Max(mask => Math.Max(mask.Group.OutputChannels, BlockedTensor.Block));
        var order = ChannelOrder.Gather(masks, block);

        // Groups of several input channels may lose by an order that their layer's inputs come in.
        if (order.SequenceEqual(Enumerable.Range(0, order.Length)) || space.Axes.Sum(axis => axis.GainOf(order, block)) <= 0) return false;
        foreach (var axis in space.Axes) axis.Permute(order);
        return true;
    }
}
