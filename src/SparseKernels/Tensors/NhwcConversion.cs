using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using SparseKernels.Isa;
using SparseKernels.Threading;

namespace SparseKernels.Tensors;

/// <summary>
/// Whole-tensor conversions between plain NHWC and the library's layouts, a row of pixels at a time: channel-blocked pixels are copied in parts of 16
/// channels, what is planes or lanes of images on the other side goes through a 16-plane transpose.
/// </summary>
public static unsafe class NhwcConversion
{
    private const int Block = LaneBlock.Size;

    /// <summary>Packs a plain tensor whose channels lie side by side into a tensor.</summary>
    /// <param name="tensor">The tensor to write.</param>
    /// <param name="source"><c>[N, H, W, C]</c>, row-major.</param>
    /// <exception cref="ArgumentNullException"><paramref name="tensor"/> is null.</exception>
    /// <exception cref="ArgumentException"><paramref name="source"/> has not N·H·W·C elements.</exception>
    /// <exception cref="ObjectDisposedException">The tensor is disposed.</exception>
    public static void CopyFromNhwc(this BlockedTensor tensor, ReadOnlySpan<float> source)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        tensor.CopyFromNhwc(source, tensor.N, ComputeTopology.Default);
    }

    /// <summary>Unpacks a tensor to a plain one whose channels lie side by side.</summary>
    /// <param name="tensor">The tensor to read.</param>
    /// <param name="destination"><c>[N, H, W, C]</c>, row-major.</param>
    /// <exception cref="ArgumentNullException"><paramref name="tensor"/> is null.</exception>
    /// <exception cref="ArgumentException"><paramref name="destination"/> has not N·H·W·C elements.</exception>
    /// <exception cref="ObjectDisposedException">The tensor is disposed.</exception>
    public static void CopyToNhwc(this BlockedTensor tensor, Span<float> destination)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        tensor.CopyToNhwc(destination, tensor.N, ComputeTopology.Default);
    }

    /// <summary>As the public overload of some images, on the threads of a topology; the tensor's others become zero.</summary>
    internal static void CopyFromNhwc(this BlockedTensor tensor, ReadOnlySpan<float> source, int images, ComputeTopology topology)
    {
        Check(tensor, source.Length, images, nameof(source));
        fixed (float* from = source) Pack(from, images, tensor, topology);
    }

    /// <summary>As the public overload of the first images, on the threads of a topology.</summary>
    internal static void CopyToNhwc(this BlockedTensor tensor, Span<float> destination, int images, ComputeTopology topology)
    {
        Check(tensor, destination.Length, images, nameof(destination));
        fixed (float* to = destination) Unpack(tensor, to, images, topology);
    }

    /// <summary>Packs images into a tensor; those that it has more of become zero.</summary>
    /// <param name="source"><c>[images, H, W, C]</c>.</param>
    /// <param name="images">Images, at most the tensor's.</param>
    /// <param name="destination">The tensor.</param>
    /// <param name="topology">Threads.</param>
    internal static void Pack(float* source, int images, BlockedTensor destination, ComputeTopology topology) =>
        Run(new Work(source, images, destination, unpacks: false), destination, topology);

    /// <summary>Unpacks the first images of a tensor.</summary>
    /// <param name="source">The tensor.</param>
    /// <param name="destination"><c>[images, H, W, C]</c>.</param>
    /// <param name="images">Images, at most the tensor's.</param>
    /// <param name="topology">Threads.</param>
    internal static void Unpack(BlockedTensor source, float* destination, int images, ComputeTopology topology) =>
        Run(new Work(destination, images, source, unpacks: true), source, topology);

    private static void Check(BlockedTensor tensor, int length, int images, string argument)
    {
        var expected = (long)images * tensor.C * tensor.H * tensor.W;
        if (images > tensor.N || length != expected)
        {
            throw new ArgumentException(
                $"{argument} must have {expected} elements for {images} of {tensor.N} images [{tensor.C}, {tensor.H}, {tensor.W}], got {length}.", argument);
        }
    }

    private static void Run(Work work, BlockedTensor tensor, ComputeTopology topology)
    {
        WorkerPool.Shared.Run(ref work, work.Items, tensor.Length < LayoutConversion.EnoughForThreads ? 1 : topology.Threads);
        GC.KeepAlive(tensor);
    }

    /// <summary>An item is a row of pixels of an image, or of 16 images where those are the lanes.</summary>
    private readonly struct Work : IWork
    {
        private readonly float* _plain;
        private readonly ImageView _tensor;
        private readonly int _images, _allImages, _together;
        private readonly bool _unpacks;

        public Work(float* plain, int images, BlockedTensor tensor, bool unpacks)
        {
            _plain = plain;
            (_images, _allImages, _unpacks) = (images, tensor.N, unpacks);
            _tensor = ImageView.Of(tensor);
            _together = _tensor.IsBatchBlocked ? Block : 1;
        }

        public int Items => checked((_allImages + _together - 1) / _together * _tensor.H);

        private nint PlainImage => (nint)_tensor.H * _tensor.W * _tensor.C;

        public void Do(int item, int worker)
        {
            var (n, h) = (item / _tensor.H * _together, item % _tensor.H);
            var images = Math.Clamp(_images - n, 0, _together);
            if (_unpacks && images == 0) return;
            var plain = _plain + n * PlainImage + (nint)h * _tensor.W * _tensor.C;
            if (_tensor.IsBatchBlocked)
            {
                CopyLanesOfImages(plain, _tensor.Row(n, 0, h), images);
                return;
            }

            for (var c = 0; c < _tensor.C; c += Block)
            {
                var channels = Math.Min(Block, _tensor.C - c);
                var row = _tensor.Row(n, c, h);
                if (images == 0) Clear(row, channels);
                else if (_tensor.Blocked) CopyChannels(plain + c, row, channels);
                else if (_unpacks) Transpose.PlanesToLanes(row, _tensor.ChannelStep, channels, _tensor.W, plain + c, channels, _tensor.C);
                else Transpose.LanesToPlanes(plain + c, _tensor.W, row, _tensor.ChannelStep, channels, _tensor.C);
            }
        }

        /// <summary>For each pixel its channels, 16 images of each.</summary>
        private void CopyLanesOfImages(float* plain, float* row, int images)
        {
            for (var w = 0; w < _tensor.W; w++, plain += _tensor.C, row += Block)
            {
                if (_unpacks) Transpose.LanesToPlanes(row, _tensor.C, plain, PlainImage, images, _tensor.ChannelStep);
                else Transpose.PlanesToLanes(plain, PlainImage, images, _tensor.C, row, Block, _tensor.ChannelStep);
            }
        }

        /// <summary>Up to 16 channels of each pixel; lanes past the last become zero.</summary>
        private void CopyChannels(float* plain, float* row, int channels)
        {
            for (var w = 0; w < _tensor.W; w++, plain += _tensor.C, row += Block)
            {
                if (channels < Block) CopySome(plain, row, channels);
                else if (_unpacks) Vector512.Load(row).Store(plain);
                else Vector512.Load(plain).Store(row);
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private void CopySome(float* plain, float* row, int channels)
        {
            for (var c = 0; c < channels; c++)
            {
                if (_unpacks) plain[c] = row[c];
                else row[c] = plain[c];
            }

            for (var c = channels; c < Block && !_unpacks; c++) row[c] = 0;
        }

        private void Clear(float* row, int channels)
        {
            if (_tensor.Blocked)
            {
                new Span<float>(row, _tensor.W * Block).Clear();
                return;
            }

            for (var c = 0; c < channels; c++) new Span<float>(row + c * _tensor.ChannelStep, _tensor.W).Clear();
        }
    }
}
