using SparseKernels.Isa;
using SparseKernels.Threading;

namespace SparseKernels.Tensors;

/// <summary>What a tensor holds beside its elements, all zero: lanes past the last channel, and the border around images.</summary>
internal static unsafe class UnusedElements
{
    /// <summary>Work items of a planar tensor at most: a channel's border alone is too little for one.</summary>
    private const int MostItems = 64;

    /// <summary>Makes them zero again, where another tensor had the memory, or a sweep wrote to the border.</summary>
    /// <param name="tensor">The tensor.</param>
    /// <param name="betweenRows">Whether what lies between the rows of planar images too: a convolution clears that itself.</param>
    /// <param name="topology">The threads.</param>
    /// <exception cref="NotSupportedException">The tensor is batch-blocked.</exception>
    public static void Clear(BlockedTensor tensor, bool betweenRows, ComputeTopology topology)
    {
        switch (tensor.Layout)
        {
            case BlockedLayout.BatchBlocked:
                throw new NotSupportedException("batch-blocked tensors have memory of their own.");
            case BlockedLayout.ChannelBlocked:
                EmptyLanes.Clear(ImageView.Of(tensor), tensor.N, topology);
                return;
            default:
                var work = new Borders { Tensor = tensor, BetweenRows = betweenRows, Items = Math.Min(tensor.N * tensor.C, MostItems) };
                WorkerPool.Shared.Run(ref work, work.Items, topology);
                return;
        }
    }

    private struct Borders : IWork
    {
        public BlockedTensor Tensor;
        public bool BetweenRows;
        public int Items;

        public readonly void Do(int item, int worker)
        {
            long channels = Tensor.N * Tensor.C;
            for (var i = channels * item / Items; i < channels * (item + 1) / Items; i++) Clear(Tensor.Pointer + ((nint)i * Tensor.Strides.Channel));
        }

        /// <summary>Of a channel: what lies before its first pixel, between rows, and behind the last row as far as anybody reads.</summary>
        private readonly void Clear(float* channel)
        {
            var (inset, row, width) = (Tensor.Strides.Inset(Tensor.Border), Tensor.Strides.Row, Tensor.W);
            new Span<float>(channel, inset).Clear();
            var end = channel + inset + width;
            for (var h = 1; h < Tensor.H; h++, end += row)
            {
                // A column or two: a call for them would cost more than they do.
                for (nint i = 0; i < row - width && BetweenRows; i++) end[i] = 0;
            }

            new Span<float>(end, (Tensor.Border.Bottom * row) + Tensor.Border.Right + LaneBlock.Size - 1).Clear();
        }
    }
}
