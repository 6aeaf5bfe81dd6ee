using SparseKernels.Geometry;
using SparseKernels.Isa;
using SparseKernels.Kernels;
using SparseKernels.Passes.Lists;
using SparseKernels.Threading;
using static SparseKernels.Geometry.Cut;

namespace SparseKernels.Passes.BatchMaskFine;

/// <summary>
/// Sizes of a BackwardWeights pass that computes wanted weights alone, on batch-blocked tensors. Bands of rows and shares of the batch, which
/// fix the order of every sum, never depend on the thread count or the machine; blocks of channels and the sharing out change no bit.
/// </summary>
internal sealed class BatchMaskFineTiling
{
    private const int Block = LaneBlock.Size;

    /// <summary>Pixels over which sums stay vectors: enough to hide their last addition …</summary>
    private const int FewestPixels = 64;

    /// <summary>… and of few channels as many as rounding allows …</summary>
    private const int MostPixels = 256;

    /// <summary>… unless x and dy of so many no longer lie in a near cache, whatever this machine's is.</summary>
    private const int BandBytes = 2 << 20;

    /// <summary>Entries of a list: enough to pay for its end, so few that the sums of many output channels are in L1 together.</summary>
    private const double EnoughEntries = 16;

    /// <summary>Tiles that are cut from what is left of a run as evenly as can be.</summary>
    private const int TilesCutTogether = 4;

    /// <summary>Blocks of 16 output channels under which the batch is cut too, so that many cores find work.</summary>
    private const int EnoughShares = 32;

    /// <summary>Work items for each thread, so that none waits long for the last one.</summary>
    private const int ItemsPerThread = 4;

    private readonly TapGeometry _g;

    /// <summary>Channels of which L2 holds what a tile reads.</summary>
    private readonly int _mostChannels;

    /// <param name="places">Where x lies.</param>
    /// <param name="isa">The kernels' instruction set.</param>
    /// <param name="threads">Threads that want items.</param>
    public BatchMaskFineTiling(TensorPlaces places, InstructionSetKind isa, int threads)
    {
        var g = _g = places.Geometry;
        Places = places;
        Tiles = new PanelTiles(
            places.VectorStep == Block ? KernelFamily.ListSddmm : KernelFamily.StridedListSddmm, isa, TilesCutTogether);
        var pixels = Math.Clamp(BandBytes / (Block * sizeof(float)) / (g.InC + g.OutC), FewestPixels, MostPixels);
        BandRows = Evenly(g.OutH, Math.Clamp(pixels / g.OutW, 1, g.OutH));
        Bands = Ceiling(g.OutH, BandRows);
        PixelBlocks = checked(places.ImageItems * Bands);
        var rows = g.Phases[0].Taps.DistinctBy(tap => tap.Dh).Count();
        _mostChannels = MachineTopology.L2Bytes / 2 / sizeof(float) / Math.Max(Block, places.WindowOf(Tiles.Largest, rows));
        UnitFloats = MachineTopology.L1Bytes / 4 / sizeof(float);
        Lanes = Tiles.Kernels[0].Lanes;
        var shares = (long)g.Groups * LaneBlock.Count(g.OutC);
        Splits = (int)Math.Clamp(Ceiling(EnoughShares, shares), 1, PixelBlocks);
        OutGroups = 1;
        while (threads > 1 && Items < (long)ItemsPerThread * threads && OutGroups < LaneBlock.Count(g.OutC))
            OutGroups = Math.Min(2 * OutGroups, LaneBlock.Count(g.OutC));
    }

    /// <summary>Where x is read.</summary>
    public TensorPlaces Places { get; }

    /// <summary>Cuts runs of pixels into tiles.</summary>
    public PanelTiles Tiles { get; }

    /// <summary>Output rows of a band.</summary>
    public int BandRows { get; }

    /// <summary>Bands of an image.</summary>
    public int Bands { get; }

    /// <summary>Bands of all image groups; an item takes its split's share of them in ascending order.</summary>
    public int PixelBlocks { get; }

    /// <summary>Floats of the sums and of a tile's dy that lie in L1 while the tiles of a band pass; a list that has more passes alone.</summary>
    public int UnitFloats { get; }

    /// <summary>Lanes of a weight's sums.</summary>
    public int Lanes { get; }

    /// <summary>Shares of a group's output channels.</summary>
    public int OutGroups { get; }

    /// <summary>Shares of the batch whose partial sums are added up in ascending order at the end.</summary>
    public int Splits { get; }

    public int Items => checked(_g.Groups * OutGroups * Splits);

    /// <summary>Blocks of input channels into which lists of so dense weights fall.</summary>
    public int BlocksOf(double density) =>
        (int)Math.Ceiling(_g.InC / Math.Clamp(Math.Min(EnoughEntries / (density * _g.Phases[0].Taps.Length), _mostChannels), 1, _g.InC));

    /// <summary>What a work item covers.</summary>
    public WantedShare ItemOf(int item)
    {
        var split = item % Splits;
        item /= Splits;
        var outGroup = item % OutGroups;
        return new(item / OutGroups, 0, int.MaxValue, _g.OutC * outGroup / OutGroups, _g.OutC * (outGroup + 1) / OutGroups, split);
    }
}
