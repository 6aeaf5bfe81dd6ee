namespace SparseKernels;

/// <summary>
/// The shape of a coarse group of weights: the run that coarse pruning makes zero as a whole and the kernels jump. A group is
/// <see cref="OutputChannels"/> consecutive output channels (aligned to their number), one input channel, and one filter row or the whole filter.
/// </summary>
/// <param name="OutputChannels">Output channels of a group; 16 by default, a lane block.</param>
/// <param name="WholeFilter">True: all R·S taps; false: the S taps of one filter row.</param>
public readonly record struct CoarseGroup(int OutputChannels = BlockedTensor.Block, bool WholeFilter = false)
{
    /// <summary>16 output channels of one input channel and filter row.</summary>
    public static CoarseGroup Default => new(BlockedTensor.Block);
}
