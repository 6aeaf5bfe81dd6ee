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
        if (source.Layout == destination.Layout) source.AsSpan().CopyTo(destination.AsSpan());
        else Run(Direction.Convert, null, source, destination, ComputeTopology.Default);
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
                Plain + ((nint)n * Tensor.C + block * Block) * Pixels, Pixels, planes,
                Tensor.Pointer + ((nint)n * Tensor.ChannelBlocks + block) * Pixels * Block);
        }

        private readonly void Images(int block, int c)
        {
            var planes = Math.Min(Block, Tensor.N - block * Block);
            Copy(
                Plain + ((nint)block * Block * Tensor.C + c) * Pixels, (nint)Tensor.C * Pixels, planes,
                Tensor.Pointer + ((nint)block * Tensor.C + c) * Pixels * Block);
        }

        private readonly void Copy(float* planes, nint planeStep, int count, float* lanes)
        {
            if (Direction == Direction.Pack) Transpose.PlanesToLanes(planes, planeStep, count, Pixels, lanes, Block, Block);
            else Transpose.LanesToPlanes(lanes, Pixels, planes, planeStep, count);
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
            var byChannel = channelBlocked.Pointer + ((nint)firstImage * channelBlocked.ChannelBlocks + firstChannel / Block) * Pixels * Block;
            var byImage = batchBlocked.Pointer + ((nint)(firstImage / Block) * Tensor.C + firstChannel) * Pixels * Block;
            var imageStep = (nint)channelBlocked.ChannelBlocks * Pixels * Block;
            var channelStep = (nint)Pixels * Block;
            for (var pixel = 0; pixel < Pixels; pixel++)
            {
                var one = byChannel + (nint)pixel * Block;
                var other = byImage + (nint)pixel * Block;
                if (toBatch) Transpose.PlanesToLanes(one, imageStep, images, channels, other, Block, channelStep);
                else Transpose.PlanesToLanes(other, channelStep, channels, images, one, Block, imageStep);
            }
        }
    }
}
