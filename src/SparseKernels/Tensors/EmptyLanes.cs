using SparseKernels.Isa;
using SparseKernels.Threading;

namespace SparseKernels.Tensors;

/// <summary>The lanes of a tensor's last blocks that hold no image, or no channel.</summary>
internal static unsafe class EmptyLanes
{
    private const int Block = LaneBlock.Size;

    /// <summary>Makes them zero, as they shall be, where a pass or a sweep has written something else.</summary>
    /// <param name="tensor">The tensor; one whose lanes are neither has none.</param>
    /// <param name="images">Its images.</param>
    /// <param name="topology">The threads.</param>
    public static void Clear(in ImageView tensor, int images, ComputeTopology topology)
    {
        var used = (tensor.IsBatchBlocked ? images : tensor.Blocked ? tensor.C : 0) % Block;
        if (used == 0) return;
        var work = new Work { Tensor = tensor, Images = images, Used = used };
        WorkerPool.Shared.Run(ref work, tensor.IsBatchBlocked ? tensor.C : images, topology);
    }

    private struct Work : IWork
    {
        public ImageView Tensor;
        public int Images;

        /// <summary>Lanes that hold something.</summary>
        public int Used;

        /// <summary>Clears those of a channel's images, or of an image's channels.</summary>
        public readonly void Do(int item, int worker)
        {
            var (image, channel) = Tensor.IsBatchBlocked ? (Images - Used, item) : (item, Tensor.C - Used);
            for (var h = 0; h < Tensor.H; h++)
            {
                var row = Tensor.Row(image, channel, h);
                for (var w = 0; w < Tensor.W; w++, row += Block) new Span<float>(row + Used, Block - Used).Clear();
            }
        }
    }
}
