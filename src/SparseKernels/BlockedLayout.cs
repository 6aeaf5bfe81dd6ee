using SparseKernels.Tensors;

namespace SparseKernels;

/// <summary>How a <see cref="BlockedTensor"/> orders its elements. The block is 16 on every instruction set.</summary>
public enum BlockedLayout
{
    /// <summary>
    /// <c>nChw16c</c>: <c>[N, ⌈C/16⌉, H, W, 16 channels]</c>. The lanes are channels; those past C are zero.
    /// </summary>
    ChannelBlocked,

    /// <summary>
    /// <c>Nchw16n</c>: <c>[⌈N/16⌉, C, H, W, 16 images]</c>. The lanes are images; those past N are zero. Around every image there may be a
    /// border of zeros, and channels start in different sets of the first cache (<see cref="BlockedTensor.IndexOf"/>).
    /// </summary>
    BatchBlocked,

    /// <summary>
    /// <c>NCHW</c> with a border of zeros around every channel's plane, and channels that start in different sets of the first cache
    /// (<see cref="BlockedTensor.IndexOf"/>). The lanes are neighbouring pixels of one image: for few images, and weights that are mostly zero.
    /// </summary>
    Planar,
}
