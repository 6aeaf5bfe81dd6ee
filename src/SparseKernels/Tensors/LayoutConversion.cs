using SparseKernels.Isa;
using SparseKernels.Threading;

namespace SparseKernels.Tensors;

/// <summary>
/// Whole-tensor conversions between plain NCHW and the blocked layouts, and between those: each is a 16-plane transpose, of
/// channels or of images.
/// </summary>
internal static unsafe class LayoutConversion
{
    private const int Block = LaneBlock.Size;

    /// <summary>Floats under which waking other threads costs more than it saves.</summary>
    private const int EnoughForThreads = 1 << 16;

    public static void FromNchw(float* source, BlockedTensor destination, ComputeTopology topology) =>
        Run(Direction.Pack, source, destination, null, topology);

    public static void ToNchw(BlockedTensor source, float* destination) =>
        Run(Direction.Unpack, destination, source, null, ComputeTopology.Default);

    public static void Convert(BlockedTensor source, BlockedTensor destination)
    {
        if (source.Layout == destination.Layout && source.Border == destination.Border) source.AsSpan().CopyTo(destination.AsSpan());
        else if (source.Layout == destination.Layout) CopyInside(source, destination);
        else Run(Direction.Convert, null, source, destination, ComputeTopology.Default);
    }

    /// <summary>Copies the pixels of a batch-blocked tensor to one of another border.</summary>
    private static void CopyInside(BlockedTensor source, BlockedTensor destination)
    {
        var (from, to) = (ImageView.Of(source), ImageView.Of(destination));
        for (var i = 0; i < source.ImageBlocks * source.C * source.H; i++)
        {
            var (n, c, h) = (i / source.H / source.C * Block, i / source.H % source.C, i % source.H);
            new ReadOnlySpan<float>(from.Row(n, c, h), source.W * Block).CopyTo(new Span<float>(to.Row(n, c, h), source.W * Block));
        }

        GC.KeepAlive(source);
        GC.KeepAlive(destination);
    }

    private enum Direction
    {
        Pack,
        Unpack,
        Convert,
    }

    private static void Run(Direction direction, float* plain, BlockedTensor tensor, BlockedTensor? destination, ComputeTopology topology)
    {
        var channelBlocked = tensor.Layout == BlockedLayout.ChannelBlocked;
        var items = direction == Direction.Convert ? LaneBlock.Count(tensor.N) * tensor.ChannelBlocks
            : channelBlocked ? tensor.N * tensor.ChannelBlocks : LaneBlock.Count(tensor.N) * tensor.C;
        var work = new Work { Direction = direction, Plain = plain, Tensor = tensor, Destination = destination };
        WorkerPool.Shared.Run(ref work, items, tensor.Length < EnoughForThreads ? 1 : topology.Threads);
    }

    private struct Work : IWork
    {
        public Direction Direction;
        public float* Plain;
        public BlockedTensor Tensor;
        public BlockedTensor? Destination;

        private readonly int Pixels => Tensor.H * Tensor.W;

        public readonly void Do(int item, int worker)
        {
            if (Direction == Direction.Convert) Convert(item / Tensor.ChannelBlocks * Block, item % Tensor.ChannelBlocks * Block);
            else if (Tensor.Layout == BlockedLayout.ChannelBlocked) Channels(item / Tensor.ChannelBlocks, item % Tensor.ChannelBlocks);
            else Images(item / Tensor.C, item % Tensor.C);
        }

        private readonly void Channels(int n, int block)
        {
            var planes = Math.Min(Block, Tensor.C - block * Block);
            Copy(
                Plain + ((nint)n * Tensor.C + block * Block) * Pixels, Pixels, planes, Pixels,
                Tensor.Pointer + ((nint)n * Tensor.ChannelBlocks + block) * Pixels * Block);
        }

        private readonly void Images(int block, int c)
        {
            var planes = Math.Min(Block, Tensor.N - block * Block);
            var view = ImageView.Of(Tensor);
            var plain = Plain + ((nint)block * Block * Tensor.C + c) * Pixels;
            for (var h = 0; h < Tensor.H; h++)
                Copy(plain + (nint)h * Tensor.W, (nint)Tensor.C * Pixels, planes, Tensor.W, view.Row(block * Block, c, h));
        }

        private readonly void Copy(float* planes, nint planeStep, int count, int pixels, float* lanes)
        {
            if (Direction == Direction.Pack) Transpose.PlanesToLanes(planes, planeStep, count, pixels, lanes, Block, Block);
            else Transpose.LanesToPlanes(lanes, pixels, planes, planeStep, count);
        }

        /// <summary>
        /// A 16 × 16 transpose for each pixel of 16 images and 16 channels; lanes past the last image or channel become zero.
        /// </summary>
        private readonly void Convert(int firstImage, int firstChannel)
        {
            var toBatch = Tensor.Layout == BlockedLayout.ChannelBlocked;
            var (channelBlocked, batchBlocked) = toBatch ? (Tensor, Destination!) : (Destination!, Tensor);
            var images = Math.Min(Block, Tensor.N - firstImage);
            var channels = Math.Min(Block, Tensor.C - firstChannel);
            var (blocked, batch) = (ImageView.Of(channelBlocked), ImageView.Of(batchBlocked));
            for (var h = 0; h < Tensor.H; h++)
            {
                var one = blocked.Row(firstImage, firstChannel, h);
                var other = batch.Row(firstImage, firstChannel, h);
                if (toBatch)
                    Transpose.PlanesToLanes(
                        one, blocked.ImageStep, images, channels, Block, other, Block, batch.Strides.Channel, Block, Tensor.W);
                else
                    Transpose.PlanesToLanes(
                        other, batch.Strides.Channel, channels, images, Block, one, Block, blocked.ImageStep, Block, Tensor.W);
            }
        }
    }
}
