using SparseKernels.Isa;
using SparseKernels.Threading;

namespace SparseKernels.Tensors;

/// <summary>
/// Whole-tensor conversions between plain NCHW and the library's layouts, and between those: where the lanes differ, a 16-plane transpose of
/// channels or of images.
/// </summary>
internal static unsafe class LayoutConversion
{
    private const int Block = LaneBlock.Size;

    /// <summary>Floats under which waking other threads costs more than it saves.</summary>
    public const int EnoughForThreads = 1 << 16;

    public static void FromNchw(float* source, BlockedTensor destination, ComputeTopology topology)
    {
        Run(Plain(source, destination), ImageView.Of(destination), destination, topology);
        GC.KeepAlive(destination);
    }

    public static void ToNchw(BlockedTensor source, float* destination, ComputeTopology topology)
    {
        Run(ImageView.Of(source), Plain(destination, source), source, topology);
        GC.KeepAlive(source);
    }

    public static void Convert(BlockedTensor source, BlockedTensor destination)
    {
        if (source.Layout == destination.Layout && source.Border == destination.Border) source.AsSpan().CopyTo(destination.AsSpan());
        else Run(ImageView.Of(source), ImageView.Of(destination), source, ComputeTopology.Default);
        GC.KeepAlive(source);
        GC.KeepAlive(destination);
    }

    private static ImageView Plain(float* data, BlockedTensor sizes) => new(data, blocked: false, sizes.C, sizes.H, sizes.W);

    private static void Run(in ImageView from, in ImageView to, BlockedTensor sizes, ComputeTopology topology)
    {
        var work = new Work(in from, in to, sizes.N);
        WorkerPool.Shared.Run(ref work, work.Items, sizes.Length < EnoughForThreads ? 1 : topology.Threads);
    }

    private readonly struct Work : IWork
    {
        private readonly ImageView _from;
        private readonly ImageView _to;
        private readonly int _images;

        /// <summary>Images and channels of a work item: as many as are lanes on either side.</summary>
        private readonly int _imagesOfItem, _channelsOfItem;

        /// <summary>Runs of pixels side by side on both sides, and pixels of each: rows, or the whole image.</summary>
        private readonly int _runs, _pixels;

        public Work(in ImageView from, in ImageView to, int images)
        {
            (_from, _to, _images) = (from, to, images);
            _imagesOfItem = from.IsBatchBlocked || to.IsBatchBlocked ? Block : 1;
            _channelsOfItem = from.Blocked || to.Blocked ? Block : 1;
            (_runs, _pixels) = from.RowsAdjoin && to.RowsAdjoin ? (1, from.H * from.W) : (from.H, from.W);
        }

        private int ChannelItems => (_from.C + _channelsOfItem - 1) / _channelsOfItem;

        public int Items => checked((_images + _imagesOfItem - 1) / _imagesOfItem * ChannelItems);

        public void Do(int item, int worker)
        {
            var (n, c) = (item / ChannelItems * _imagesOfItem, item % ChannelItems * _channelsOfItem);
            var images = Math.Min(_imagesOfItem, _images - n);
            var channels = Math.Min(_channelsOfItem, _from.C - c);
            for (var h = 0; h < _runs; h++) Copy(_from.Row(n, c, h), _to.Row(n, c, h), images, channels);
        }

        /// <summary>Lanes past the last image or channel become zero.</summary>
        private void Copy(float* from, float* to, int images, int channels)
        {
            if (_from.Blocked == _to.Blocked && _from.IsBatchBlocked == _to.IsBatchBlocked)
                new ReadOnlySpan<float>(from, _pixels * _from.PixelStep).CopyTo(new Span<float>(to, _pixels * _from.PixelStep));
            else if (_from.PixelStep == 1)
                Transpose.PlanesToLanes(from, LaneStep(in _from, in _to), images * channels, _pixels, to, Block, Block);
            else if (_to.PixelStep == 1)
                Transpose.LanesToPlanes(from, _pixels, to, LaneStep(in _to, in _from), images * channels);
            else if (_from.Blocked)
                Transpose.PlanesToLanes(from, _from.ImageStep, images, channels, Block, to, Block, _to.ChannelStep, Block, _pixels);
            else
                Transpose.PlanesToLanes(from, _from.ChannelStep, channels, images, Block, to, Block, _to.ImageStep, Block, _pixels);
        }

        /// <summary>How far apart the planes lie that are lanes on the other side.</summary>
        private static nint LaneStep(in ImageView planes, in ImageView lanes) => lanes.Blocked ? planes.ChannelStep : planes.ImageStep;
    }
}
