using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using SparseKernels.Tensors;
using SparseKernels.Training.Sweeps;

namespace SparseKernels.Training.Layers;

/// <summary>
/// A tensor between layers as <see cref="CustomLayer"/> sees it, the same in both layouts: planes of H·W pixels, each pixel
/// <see cref="Lanes"/> floats side by side. What a lane is, <see cref="ImageOf"/> and <see cref="ChannelOf"/> say: channel-blocked, a plane is 16 channels of one image;
/// batch-blocked, one channel of 16 images. Two tensors of the same sizes have the same planes. Checks are left to debug builds.
/// </summary>
public readonly unsafe struct FeaturePlanes
{
    /// <summary>Floats of a pixel: one <see cref="Vector512{T}"/>.</summary>
    public const int Lanes = Sweeps.Lanes.Count;

    private readonly PlaneView _view;

    internal FeaturePlanes(BlockedTensor tensor) => (_view, Images, Channels) = (new PlaneView(tensor), tensor.N, tensor.C);

    /// <summary>Images N.</summary>
    public int Images { get; }

    /// <summary>Channels C.</summary>
    public int Channels { get; }

    /// <summary>Rows H.</summary>
    public int Height => _view.Height;

    /// <summary>Columns W.</summary>
    public int Width => _view.Width;

    /// <summary>Planes.</summary>
    public int Count => _view.Count;

    /// <summary>One row of a plane: W pixels.</summary>
    /// <param name="plane">The plane; 0 to <see cref="Count"/> − 1.</param>
    /// <param name="row">The row; 0 to H − 1.</param>
    /// <returns>W·16 floats, the tensor's own.</returns>
    public Span<float> Row(int plane, int row)
    {
        Debug(plane, row);
        return new Span<float>(_view.Row(plane, row), Width * Lanes);
    }

    /// <summary>The 16 lanes of a pixel.</summary>
    /// <param name="plane">The plane.</param>
    /// <param name="row">The row.</param>
    /// <param name="column">The column; 0 to W − 1.</param>
    /// <returns>The pixel, to be read or written.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ref Vector512<float> Pixel(int plane, int row, int column)
    {
        Debug(plane, row);
        System.Diagnostics.Debug.Assert((uint)column < (uint)Width, "a column outside the tensor");
        return ref *(Vector512<float>*)(_view.Row(plane, row) + ((nint)column * Lanes));
    }

    /// <summary>The image of a lane.</summary>
    /// <param name="plane">The plane.</param>
    /// <param name="lane">The lane; 0 to 15.</param>
    /// <returns>Its number; −1 if the lane is empty.</returns>
    public int ImageOf(int plane, int lane) => At(plane, lane) is (var image, >= 0) ? image : -1;

    /// <summary>The channel of a lane.</summary>
    /// <param name="plane">The plane.</param>
    /// <param name="lane">The lane; 0 to 15.</param>
    /// <returns>Its number; −1 if the lane is empty.</returns>
    public int ChannelOf(int plane, int lane) => At(plane, lane).Channel;

    /// <summary>Gives each lane the number of its channel.</summary>
    /// <param name="plane">The plane.</param>
    /// <param name="numbers">C numbers.</param>
    /// <returns>The lanes; 0 in empty ones.</returns>
    public Vector512<float> PerChannel(int plane, ReadOnlySpan<float> numbers)
    {
        var lanes = Vector512<float>.Zero;
        for (var lane = 0; lane < Lanes; lane++)
        {
            var (_, channel) = At(plane, lane);
            if (channel >= 0) lanes = lanes.WithElement(lane, numbers[channel]);
        }

        return lanes;
    }

    /// <summary>Gives each lane the number of its image and channel.</summary>
    /// <param name="plane">The plane.</param>
    /// <param name="numbers"><c>[N, C]</c>.</param>
    /// <returns>The lanes; 0 in empty ones.</returns>
    public Vector512<float> PerImage(int plane, ReadOnlySpan<float> numbers)
    {
        var lanes = Vector512<float>.Zero;
        for (var lane = 0; lane < Lanes; lane++)
        {
            var (image, channel) = At(plane, lane);
            if (channel >= 0) lanes = lanes.WithElement(lane, numbers[(image * Channels) + channel]);
        }

        return lanes;
    }

    /// <summary>Keeps the lanes as the numbers of their images and channels, such as sums over the plane.</summary>
    /// <param name="plane">The plane; no other writes the same numbers.</param>
    /// <param name="lanes">The lanes; empty ones are left out.</param>
    /// <param name="numbers"><c>[N, C]</c>.</param>
    public void Keep(int plane, Vector512<float> lanes, Span<float> numbers)
    {
        for (var lane = 0; lane < Lanes; lane++)
        {
            var (image, channel) = At(plane, lane);
            if (channel >= 0) numbers[(image * Channels) + channel] = lanes.GetElement(lane);
        }
    }

    /// <summary>Makes a plane's lanes without channel or image zero again.</summary>
    internal void ClearEmpty(int plane)
    {
        var live = (_view.LanesAreImages ? Images - (plane / Channels * Lanes) : Channels - (_view.ChannelOf(plane) * Lanes));
        if (live >= Lanes) return;
        var mask = Sweeps.Lanes.First(live);
        for (var row = 0; row < Height; row++)
        {
            var pixel = _view.Row(plane, row);
            for (var w = 0; w < Width; w++, pixel += Lanes) (Sweeps.Lanes.Load(pixel) & mask).Store(pixel);
        }
    }

    private (int Image, int Channel) At(int plane, int lane)
    {
        Debug(plane, 0);
        var (images, channel) = (plane / _view.PlanesOfImages, _view.ChannelOf(plane));
        var (n, c) = _view.LanesAreImages ? ((images * Lanes) + lane, channel) : (images, (channel * Lanes) + lane);
        return n < Images && c < Channels ? (n, c) : (-1, -1);
    }

    [System.Diagnostics.Conditional("DEBUG")]
    private void Debug(int plane, int row)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)plane, (uint)Count, nameof(plane));
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)row, (uint)Height, nameof(row));
    }
}
