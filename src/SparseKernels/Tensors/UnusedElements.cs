using SparseKernels.Isa;
using SparseKernels.Threading;

namespace SparseKernels.Tensors;

/// <summary>What a tensor holds beside its elements, all zero: lanes past the last channel, and the border around images.</summary>
internal static unsafe class UnusedElements
{
    private const int Block = LaneBlock.Size;

    /// <summary>Makes them zero again, where another tensor had the memory.</summary>
    /// <param name="tensor">The tensor.</param>
    /// <param name="betweenRows">Whether what lies between the rows of planar images too: a convolution clears that itself.</param>
    /// <param name="topology">The threads.</param>
    /// <exception cref="NotSupportedException">The tensor is batch-blocked.</exception>
    public static void Clear(BlockedTensor tensor, bool betweenRows, ComputeTopology topology)
    {
        if (tensor.Layout == BlockedLayout.BatchBlocked) throw new NotSupportedException("batch-blocked tensors have memory of their own.");
        if (tensor.Layout == BlockedLayout.ChannelBlocked && tensor.C % Block == 0) return;
        var work = new Work { Tensor = tensor, BetweenRows = betweenRows };
        WorkerPool.Shared.Run(ref work, tensor.Layout == BlockedLayout.Planar ? tensor.N * tensor.C : tensor.N, topology);
    }

    private struct Work : IWork
    {
        public BlockedTensor Tensor;
        public bool BetweenRows;

        public readonly void Do(int item, int worker)
        {
            if (Tensor.Layout == BlockedLayout.Planar) ClearBorder(Tensor.Pointer + ((nint)item * Tensor.Strides.Channel));
            else ClearLanes(ImageView.Of(Tensor).Row(item, Tensor.C / Block * Block, 0));
        }

        /// <summary>Of a channel: what lies before its first pixel, between rows, and behind the last row as far as anybody reads.</summary>
        private readonly void ClearBorder(float* channel)
        {
            var (inset, row, width) = (Tensor.Strides.Inset(Tensor.Border), Tensor.Strides.Row, Tensor.W);
            new Span<float>(channel, inset).Clear();
            var end = channel + inset + width;
            for (var h = 1; h < Tensor.H && BetweenRows; h++)
            {
                for (nint i = ((h - 1) * row); i < (h * row) - width; i++) end[i] = 0;
            }

            new Span<float>(end + ((nint)(Tensor.H - 1) * row), (Tensor.Border.Bottom * row) + Tensor.Border.Right + Block - 1).Clear();
        }

        private readonly void ClearLanes(float* block)
        {
            var lanes = Tensor.C % Block;
            for (var pixel = 0; pixel < Tensor.H * Tensor.W; pixel++, block += Block) new Span<float>(block + lanes, Block - lanes).Clear();
        }
    }
}
