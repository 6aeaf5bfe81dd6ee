using System.Runtime.Intrinsics;
using SparseKernels.Isa;
using SparseKernels.Memory;

namespace SparseKernels.Tensors;

/// <summary>
/// Sums over the elements of each channel of a batch-blocked tensor, <c>Σ (y − pivot)</c> and <c>Σ (y − pivot)²</c>, taken by the pass that
/// writes it while its rows are still in the cache: what a batch normalisation behind a convolution needs of them. Parts of an image's rows
/// and the order in which they are added up are fixed, so that threads and tiles change no bit.
/// </summary>
internal sealed unsafe class ChannelMoments : IDisposable
{
    private const int Block = LaneBlock.Size;

    /// <summary>Pixels that are summed in single precision, unless a row has more: so few that rounding stays near 10⁻⁷.</summary>
    private const int EnoughPixels = 32;

    /// <summary>Floats of a part: 16 sums and 16 sums of squares.</summary>
    private const int PartLength = 2 * Block;

    private readonly int _images;
    private readonly int _channels;
    private readonly int _parts;
    private readonly AlignedBuffer _sums;
    private readonly AlignedBuffer _shifts;
    private readonly ReadOnlyMemory<float> _pivots;

    /// <summary>Room for a tensor of these sizes.</summary>
    /// <param name="n">Images.</param>
    /// <param name="c">Channels.</param>
    /// <param name="h">Height.</param>
    /// <param name="w">Width.</param>
    /// <param name="pivots">A number near each channel's mean; read when a pass begins.</param>
    public ChannelMoments(int n, int c, int h, int w, ReadOnlyMemory<float> pivots)
    {
        (_images, _channels, _pivots) = (n, c, pivots);
        RowsOfPart = RowsOfPartOf(w);
        _parts = (h + RowsOfPart - 1) / RowsOfPart;
        _sums = new AlignedBuffer((long)LaneBlock.Count(n) * c * ChannelStep);
        _shifts = new AlignedBuffer(c);
    }

    /// <summary>Minus each channel's pivot, as it was when the pass began.</summary>
    public float* Shifts => _shifts.Pointer;

    /// <summary>Rows of a part; fewer in an image's last one.</summary>
    public int RowsOfPart { get; }

    /// <summary>Floats from a channel's sums to the next one's.</summary>
    public nint ChannelStep => (nint)_parts * PartLength;

    /// <summary>Whether the last pass that was asked to has taken them.</summary>
    public bool AreTaken { get; set; }

    /// <summary>Rows of a part of images of this width.</summary>
    public static int RowsOfPartOf(int width) => Math.Max(1, EnoughPixels / width);

    /// <summary>Takes the pivots as they are now.</summary>
    public void Begin()
    {
        var pivots = _pivots.Span;
        for (var c = 0; c < _channels; c++) _shifts.Pointer[c] = -pivots[c];
    }

    /// <summary>Where the sums of 16 images' rows belong.</summary>
    /// <param name="image">The first image.</param>
    /// <param name="channel">The channel.</param>
    /// <param name="row">The part's first row.</param>
    public float* Of(int image, int channel, int row) =>
        _sums.Pointer + ((nint)image / Block * _channels + channel) * ChannelStep + (nint)row / RowsOfPart * PartLength;

    /// <summary>A channel's two sums over all images.</summary>
    public (double Sum, double Squares) Total(int channel)
    {
        var whole = stackalloc double[PartLength];
        var last = stackalloc double[PartLength];
        new Span<double>(whole, PartLength).Clear();
        new Span<double>(last, PartLength).Clear();
        for (var image = 0; image < _images; image += Block) Add(Of(image, channel, 0), image + Block <= _images ? whole : last);
        var (sum, squares) = (0.0, 0.0);
        for (var lane = 0; lane < Block; lane++)
        {
            // Lanes past the last image hold something too: what a bias makes of nothing.
            var isImage = lane < _images % Block;
            sum += whole[lane] + (isImage ? last[lane] : 0);
            squares += whole[Block + lane] + (isImage ? last[Block + lane] : 0);
        }

        return (sum, squares);
    }

    public void Dispose()
    {
        _sums.Dispose();
        _shifts.Dispose();
    }

    private void Add(float* parts, double* to)
    {
        for (var part = 0; part < _parts; part++, parts += PartLength)
        {
            for (var i = 0; i < PartLength; i += Vector256<float>.Count)
            {
                var (low, high) = Vector256.Widen(Vector256.Load(parts + i));
                (Vector256.Load(to + i) + low).Store(to + i);
                (Vector256.Load(to + i + 4) + high).Store(to + i + 4);
            }
        }
    }
}
