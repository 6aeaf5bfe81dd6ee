using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;
using SparseKernels.Isa;
using SparseKernels.Tensors;

namespace SparseKernels.Geometry;

/// <summary>
/// What a strided pass reads of planar data, sorted so that it becomes one of stride 1: a channel's plane falls into one for each residue of
/// rows and columns modulo the strides that some tap reads, in each of which neighbouring results read neighbouring pixels. Rows are as far
/// apart as the result's, and every plane has the zeros around it that the taps reach.
/// </summary>
internal sealed class PlanarSplit
{
    private const int Block = LaneBlock.Size;

    private readonly TapGeometry _g;
    private readonly (int H, int W)[] _residues;

    /// <summary>Of every residue: the rows and columns of data that its plane has.</summary>
    private readonly (int Rows, int Columns)[] _sizes;
    private readonly int _inset;
    private readonly int _planeFloats;

    private PlanarSplit(TapGeometry g, int row)
    {
        _g = g;
        var taps = g.Phases[0].Taps;
        _residues = [.. taps.Select(tap => (Residue(tap.Dh, g.InStepH), Residue(tap.Dw, g.InStepW))).Distinct().Order()];
        _sizes = Array.ConvertAll(_residues, residue => SizeOf(residue));
        var (above, below) = (-Math.Min(0, taps.Min(tap => RowOf(tap))), Math.Max(0, taps.Max(tap => RowOf(tap))));
        var (left, right) = (-Math.Min(0, taps.Min(tap => ColumnOf(tap))), Math.Max(0, taps.Max(tap => ColumnOf(tap))));
        _inset = Whole((above * row) + left);
        _planeFloats = Whole(_inset + ((g.OutH - 1 + below) * row) + g.OutW + right + Block - 1);
        Strides = new PlaneStrides(1, row, (int)PlaneStrides.Spread((Int128)_planeFloats * _residues.Length));
    }

    /// <summary>How far apart rows and channels lie; a channel is all of its planes.</summary>
    public PlaneStrides Strides { get; }

    /// <summary>The split of data with these strides; null where the pass has a stride of 1 and reads it as it is.</summary>
    public static PlanarSplit? Of(TapGeometry g, PlaneStrides data) =>
        g is { InStepH: 1, InStepW: 1 } ? null : new(g, g.OutW + Gap(g, data));

    /// <summary>The columns between rows that the taps of a strided pass need.</summary>
    public static int NeededGap(TapGeometry g)
    {
        var needed = 0;
        foreach (var residue in g.Phases[0].Taps.GroupBy(tap => Residue(tap.Dw, g.InStepW)))
        {
            var left = -Math.Min(0, residue.Min(tap => Floor(tap.Dw, g.InStepW)));
            var right = Math.Max(0, residue.Max(tap => Floor(tap.Dw, g.InStepW)));

            // Pixels past the last result's own keep their column; zeros may be the next row's zeros too.
            var pixels = Math.Clamp(Cut.Ceiling(g.InW - residue.Key, g.InStepW) - g.OutW, 0, right);
            needed = Math.Max(needed, pixels > 0 ? right + left : Math.Max(left, right));
        }

        return needed;
    }

    /// <summary>Floats from offset 0 of a result's place to what a tap reads; not negative.</summary>
    public int Offset(Tap tap) =>
        (Array.IndexOf(_residues, (Residue(tap.Dh, _g.InStepH), Residue(tap.Dw, _g.InStepW))) * _planeFloats)
        + _inset + (RowOf(tap) * Strides.Row) + ColumnOf(tap);

    /// <summary>Copies a channel to its planes; what lies around them is zero and stays so.</summary>
    /// <param name="data">Planar data.</param>
    /// <param name="n">The image.</param>
    /// <param name="c">The channel.</param>
    /// <param name="planes">The channel's planes.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public unsafe void Copy(in ImageView data, int n, int c, float* planes)
    {
        for (var i = 0; i < _residues.Length; i++)
        {
            var (h, w) = _residues[i];
            var (rows, columns) = _sizes[i];
            var to = planes + ((nint)i * _planeFloats) + _inset;
            for (var row = 0; row < rows; row++, to += Strides.Row)
                CopyRow(data.Row(n, c, h + (row * _g.InStepH)) + w, _g.InStepW, to, columns);
        }
    }

    private static int Gap(TapGeometry g, PlaneStrides data) => data.Row - g.InW;

    private static int Residue(int distance, int step) => distance - (Floor(distance, step) * step);

    private static int Floor(int distance, int step) => (int)Math.Floor((double)distance / step);

    private static int Whole(int floats) => LaneBlock.Count(floats) * Block;

    /// <summary>Every so many-th pixel of a row. Vectors may read a pixel or two behind the row, which is the border's or the channel's slack.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static unsafe void CopyRow(float* from, int step, float* to, int count)
    {
        nint i = 0;
        if (step == 2 && Avx.IsSupported && count >= 8)
        {
            for (; i + 8 <= count; i += 8) Even(from + (2 * i), to + i);

            // The last vector covers again what the one before it did.
            if (i < count) Even(from + (2 * (nint)(count - 8)), to + count - 8);
            return;
        }

        if (step == 2 && AdvSimd.Arm64.IsSupported)
        {
            for (; i + 4 <= count; i += 4)
                AdvSimd.Arm64.UnzipEven(Vector128.Load(from + (2 * i)), Vector128.Load(from + (2 * i) + 4)).Store(to + i);
        }

        for (; i < count; i++) to[i] = from[i * step];
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static unsafe void Even(float* from, float* to)
    {
        var first = Vector256.Create(Vector128.Load(from), Vector128.Load(from + 8));
        var second = Vector256.Create(Vector128.Load(from + 4), Vector128.Load(from + 12));
        Avx.Shuffle(first, second, 0b10_00_10_00).Store(to);
    }

    private (int Rows, int Columns) SizeOf((int H, int W) residue)
    {
        var (lastRow, lastColumn) = (0, 0);
        foreach (var tap in _g.Phases[0].Taps)
        {
            if (Residue(tap.Dh, _g.InStepH) == residue.H) lastRow = Math.Max(lastRow, RowOf(tap));
            if (Residue(tap.Dw, _g.InStepW) == residue.W) lastColumn = Math.Max(lastColumn, ColumnOf(tap));
        }

        return (
            Math.Min(Cut.Ceiling(_g.InH - residue.H, _g.InStepH), _g.OutH + lastRow),
            Math.Min(Cut.Ceiling(_g.InW - residue.W, _g.InStepW), _g.OutW + lastColumn));
    }

    private int RowOf(Tap tap) => Floor(tap.Dh, _g.InStepH);

    private int ColumnOf(Tap tap) => Floor(tap.Dw, _g.InStepW);
}
