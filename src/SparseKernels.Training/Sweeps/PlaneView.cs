using System.Runtime.CompilerServices;
using SparseKernels.Isa;
using SparseKernels.Tensors;

namespace SparseKernels.Training.Sweeps;

/// <summary>
/// A blocked tensor as sweeps see it: planes of pixels, each pixel 16 lanes. In a channel-blocked tensor a plane is 16 channels of one image,
/// in a batch-blocked one it is one channel of 16 images, in a planar one, where 16 pixels are the lanes, one channel of one; what differs is where rows start, and that a channel's number is one of a vector of
/// numbers or all lanes' number.
/// </summary>
internal readonly unsafe struct PlaneView
{
    /// <summary>Floats to be swept over while memory answers: 128 lines.</summary>
    private const nint FarEnough = 128 * Lanes.Count;

    private readonly float* _first;
    private readonly nint _planeStep;
    private readonly nint _rowStep;
    private readonly int _images;
    private readonly int _channels;

    public PlaneView(BlockedTensor tensor)
    {
        LanesAreImages = tensor.Layout == BlockedLayout.BatchBlocked;
        LanesArePixels = tensor.Layout == BlockedLayout.Planar;
        (Height, Width, _images, _channels) = (tensor.H, tensor.W, tensor.N, tensor.C);
        PlanesOfImages = LanesAreChannels ? tensor.ChannelBlocks : tensor.C;
        Count = LanesAreImages ? tensor.ImageBlocks * tensor.C : tensor.N * PlanesOfImages;
        _first = LanesAreChannels ? tensor.Pointer : tensor.FirstPixel;
        _rowStep = LanesAreChannels ? tensor.W * Lanes.Count : tensor.Strides.Row;
        _planeStep = LanesAreChannels ? tensor.H * _rowStep : tensor.Strides.Channel;
        if (LanesArePixels)
        {
            Runs = 1;
            RunLength = ((((nint)(Height - 1) * _rowStep) + Width + Lanes.Count - 1) / Lanes.Count) * Lanes.Count;
        }
        else
        {
            Runs = _rowStep == Width * Lanes.Count ? 1 : Height;
            RunLength = (nint)Height * Width / Runs * Lanes.Count;
        }

        Next = _planeStep * Math.Max(1, FarEnough / (Runs * RunLength));
    }

    /// <summary>Planes.</summary>
    public int Count { get; }

    /// <summary>Planes of an image, or of 16 images: blocks of channels, or channels.</summary>
    public int PlanesOfImages { get; }

    /// <summary>Images of the tensor.</summary>
    public int Images => _images;

    /// <summary>Images of a plane: 16, or one.</summary>
    public int ImagesOfPlane => LanesAreImages ? Lanes.Count : 1;

    /// <summary>Channels of a plane: a block of them, or one.</summary>
    public int ChannelsOfPlane => LanesAreChannels ? Lanes.Count : 1;

    /// <summary>Rows of a plane.</summary>
    public int Height { get; }

    /// <summary>Pixels of a row.</summary>
    public int Width { get; }

    /// <summary>Runs of pixels side by side in memory that make a plane: its rows, or all of it where rows adjoin.</summary>
    public int Runs { get; }

    /// <summary>Floats of a run.</summary>
    public nint RunLength { get; }

    /// <summary>Whether the lanes are images.</summary>
    public bool LanesAreImages { get; }

    /// <summary>
    /// Whether the lanes are neighbouring pixels of one image: a plane is one run then, in which rows and the border between them follow one
    /// another, and who writes something to the border clears it (<see cref="SparseKernels.Tensors.UnusedElements"/>).
    /// </summary>
    public bool LanesArePixels { get; }

    private bool LanesAreChannels => !LanesAreImages && !LanesArePixels;

    /// <summary>A row's first pixel.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public float* Row(int plane, int row) => _first + (plane * _planeStep) + (row * _rowStep);

    /// <summary>Floats from a row, and so from a run, to the next.</summary>
    public nint RowStep => _rowStep;

    /// <summary>
    /// Floats from a pixel to the same one of the next plane, or of a further one where planes are small, for <see cref="Ahead.Prefetch"/>.
    /// </summary>
    public nint Next { get; }

    /// <summary>The same as a number of planes.</summary>
    public int PlanesAhead => (int)(Next / _planeStep);

    /// <summary>Floats from a pixel to the same one so many planes ahead.</summary>
    public nint StepOf(int planes) => planes * _planeStep;

    /// <summary>Makes a plane zero.</summary>
    public void Clear(int plane)
    {
        for (var run = 0; run < Runs; run++) new Span<float>(Row(plane, run), (int)RunLength).Clear();
    }

    /// <summary>The plane's channel, or its block of channels.</summary>
    public int ChannelOf(int plane) => plane % PlanesOfImages;

    /// <summary>What a vector of numbers, one for each channel, gives the lanes of a plane.</summary>
    public Lanes Of(float* numbers, int plane) =>
        LanesAreChannels ? Lanes.Load(numbers + (ChannelOf(plane) * Lanes.Count)) : Lanes.Broadcast(numbers[ChannelOf(plane)]);

    /// <summary>Each channel's very first element.</summary>
    public Lanes FirstOf(int plane)
    {
        var first = Row(ChannelOf(plane), 0);
        return LanesAreImages ? Lanes.Broadcast(*first) : Lanes.Load(first);
    }

    /// <summary>A channel's very first element.</summary>
    public float FirstOfChannel(int c) => LanesAreImages ? *Row(c, 0) : Row(c / Lanes.Count, 0)[c % Lanes.Count];

    /// <summary>
    /// All bits of the lanes that hold an image: those past the last one are to stay zero, whatever a sweep computes for them. Lanes past the
    /// last channel come out zero by the zeros behind every vector of numbers.
    /// </summary>
    public Lanes Live(int plane)
    {
        var left = _images - (plane / PlanesOfImages * Lanes.Count);
        return Lanes.First(LanesAreImages ? left : Lanes.Count);
    }

    /// <summary>
    /// All bits of the lanes that hold an image and a channel, for a sweep whose result for 0 is not 0 and that reads no vector of numbers.
    /// </summary>
    public Lanes Filled(int plane) => LanesAreChannels ? Lanes.First(_channels - (ChannelOf(plane) * Lanes.Count)) : Live(plane);
}
