using System.Runtime.InteropServices;

namespace SparseKernels.Geometry;

/// <summary>
/// What the next tile of a row will read and this one did not, as stretches: where each begins if a tile had no pixels. Of each channel and
/// residue of rows and columns modulo the stride, it is what the outermost tap reads; rows follow one another in memory, so behind a row's last
/// tile it is what the next row's first tile reads.
/// </summary>
internal sealed unsafe class InputAhead
{
    /// <summary>Pinned, so that work items may hold a pointer.</summary>
    private readonly int[] _offsets;

    /// <param name="places">Where a group's channels lie that are read in place.</param>
    public InputAhead(TensorPlaces places)
    {
        var geometry = places.Geometry;
        var outermost = geometry.Phases.SelectMany(phase => phase.Taps)
            .GroupBy(tap => (Row: Residue(tap.Dh, geometry.InStepH), Column: Residue(tap.Dw, geometry.InStepW)))
            .Select(taps => places.Offset(new Tap(taps.Max(tap => tap.Dh), taps.Max(tap => tap.Dw), 0, 0)))
            .ToArray();
        _offsets = GC.AllocateUninitializedArray<int>(checked(geometry.InC * outermost.Length), pinned: true);
        for (var i = 0; i < _offsets.Length; i++) _offsets[i] = checked(i / outermost.Length * places.ChannelStep) + outermost[i % outermost.Length];
    }

    /// <summary>Stretches of a tile.</summary>
    public int Count => _offsets.Length;

    /// <summary>Floats from the input that a tile's first vector reads at offset 0 to each stretch, less those that the tile is long.</summary>
    public int* Offsets => (int*)Marshal.UnsafeAddrOfPinnedArrayElement(_offsets, 0);

    private static int Residue(int distance, int step) => ((distance % step) + step) % step;
}
