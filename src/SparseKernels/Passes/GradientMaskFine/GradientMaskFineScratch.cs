using SparseKernels.Geometry;
using SparseKernels.Isa;
using SparseKernels.Memory;
using SparseKernels.Passes.Lists;

namespace SparseKernels.Passes.GradientMaskFine;

/// <summary>
/// What one call of a <see cref="GradientMaskFinePass"/> owns: its wanted weights, and each worker's scratch memory, which holds packed x,
/// packed dy, what packing needs, the runs of a dot product, x's live channels, their weights (offsets, places and sums), and sorted tiles.
/// </summary>
internal sealed class GradientMaskFineScratch : IDisposable
{
    private const int Block = LaneBlock.Size;

    private readonly Scratch _scratch;

    public GradientMaskFineScratch(TapGeometry g, GradientMaskFineTiling t, int threads)
    {
        DyOffset = (nint)t.Windows * t.WindowStep;
        PackingOffset = DyOffset + t.Windows * t.OutWindowStep;
        RunsOffset = PackingOffset + (t.LanesAreImages
            ? g.InStepW > 1 ? Block * (nint)t.PackedRows * t.WindowColumns * Block : 0
            : Block * (nint)Math.Max(g.InW, g.OutW));
        LiveOffset = RunsOffset + 3 * (nint)(t.Windows * t.BandRows);
        LiveWeightsOffset = LiveOffset + t.BlockChannels;
        TilesOffset = LiveWeightsOffset + 3 * (nint)t.MostWeights;
        _scratch = new Scratch(TilesOffset + (nint)RowTiles.Length(t.SortedChannels, t.MostWeights), 0, threads);
        Wanted = new WantedWeights(g, t.ChannelStep, t.OffsetOf, t.Splits, t.Items, t.ItemOf);
    }

    public nint DyOffset { get; }

    public nint PackingOffset { get; }

    public nint RunsOffset { get; }

    public nint LiveOffset { get; }

    public nint LiveWeightsOffset { get; }

    public nint TilesOffset { get; }

    public WantedWeights Wanted { get; }

    /// <summary>A worker's memory, which begins with packed x.</summary>
    public unsafe float* Of(int worker) => _scratch.Of(worker);

    public void Dispose()
    {
        _scratch.Dispose();
        Wanted.Dispose();
    }
}
