using SparseKernels.Isa;
using SparseKernels.Threading;

namespace SparseKernels.Tensors;

/// <summary>The lanes of a batch-blocked tensor's last block that hold no image.</summary>
internal static unsafe class BatchLanes
{
    private const int Block = LaneBlock.Size;

    /// <summary>Makes them zero, as they shall be, where a pass has written what the images' results start from.</summary>
    public static void ClearPast(in ImageView tensor, int images, ComputeTopology topology)
    {
        if (images % Block == 0) return;
        var work = new Work { Tensor = tensor, Images = images };
        WorkerPool.Shared.Run(ref work, tensor.C, topology);
    }

    private struct Work : IWork
    {
        public ImageView Tensor;
        public int Images;

        public readonly void Do(int channel, int worker)
        {
            var lanes = Images % Block;
            for (var h = 0; h < Tensor.H; h++)
            {
                var row = Tensor.Row(Images - lanes, channel, h);
                for (var w = 0; w < Tensor.W; w++, row += Block) new Span<float>(row + lanes, Block - lanes).Clear();
            }
        }
    }
}
