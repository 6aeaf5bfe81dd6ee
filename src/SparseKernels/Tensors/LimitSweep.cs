using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using SparseKernels.Isa;
using SparseKernels.Threading;

namespace SparseKernels.Tensors;

/// <summary>
/// Limits the values of a tensor, but for what lies around its images. Lanes without channel or image are limited like others: where zero is out of the
/// range, whoever calls it clears them (<see cref="EmptyLanes"/>).
/// </summary>
internal static unsafe class LimitSweep
{
    private const int Block = LaneBlock.Size;

    /// <summary><c>y = min(max(y, range.Lowest), range.Highest)</c>, on all threads.</summary>
    /// <param name="tensor">The tensor, of any layout.</param>
    /// <param name="images">Its images.</param>
    /// <param name="range">The limits.</param>
    /// <param name="topology">The threads.</param>
    public static void Run(in ImageView tensor, int images, ValueRange range, ComputeTopology topology)
    {
        var work = new Work { Tensor = tensor, Images = images, Range = range };
        WorkerPool.Shared.Run(ref work, checked(work.ImageItems * work.ChannelItems), topology);
    }

    private struct Work : IWork
    {
        public ImageView Tensor;
        public int Images;
        public ValueRange Range;

        public readonly int ImageItems => Tensor.IsBatchBlocked ? LaneBlock.Count(Images) : Images;

        public readonly int ChannelItems => Tensor.Blocked ? LaneBlock.Count(Tensor.C) : Tensor.C;

        public readonly void Do(int item, int worker)
        {
            var image = item / ChannelItems * (Tensor.IsBatchBlocked ? Block : 1);
            var channel = item % ChannelItems * (Tensor.Blocked ? Block : 1);
            for (var h = 0; h < Tensor.H; h++) Limit(Tensor.Row(image, channel, h), (nint)Tensor.W * Tensor.PixelStep);
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private readonly void Limit(float* values, nint count)
        {
            var (lowest, highest) = (Vector256.Create(Range.Lowest), Vector256.Create(Range.Highest));
            nint i = 0;
            for (; i <= count - Vector256<float>.Count; i += Vector256<float>.Count)
                Vector256.MinNative(highest, Vector256.MaxNative(lowest, Vector256.Load(values + i))).Store(values + i);
            for (; i < count; i++) values[i] = values[i] < Range.Lowest ? Range.Lowest : values[i] > Range.Highest ? Range.Highest : values[i];
        }
    }
}
