using SparseKernels.Isa;

namespace SparseKernels.Sparsity;

/// <summary>
/// The shape of a coarse group of weights: the run that coarse pruning makes zero as a whole and the kernels jump. A group is
/// <see cref="OutputChannels"/> consecutive output channels by <see cref="InputChannels"/> consecutive input channels (each aligned to its
/// number, the last ones fewer where the sizes don't divide), and one filter row or the whole filter.
/// </summary>
/// <param name="OutputChannels">Output channels of a group; 16 by default, a lane block. 1: runs inside one output channel.</param>
/// <param name="WholeFilter">True: all R·S taps; false: the S taps of one filter row.</param>
/// <param name="InputChannels">
/// Input channels of a group; 1 by default. With one output channel and the whole filter, a group is a run of so many times R·S consecutive
/// weights.
/// </param>
public readonly record struct CoarseGroup(int OutputChannels = LaneBlock.Size, bool WholeFilter = false, int InputChannels = 1)
{
    /// <summary>16 output channels of one input channel and filter row.</summary>
    public static CoarseGroup Default => new(LaneBlock.Size);
}
