using SparseKernels.Geometry;
using SparseKernels.Isa;
using SparseKernels.Kernels;
using SparseKernels.Passes.Frame;
using SparseKernels.Passes.Lists;
using SparseKernels.Threading;
using static SparseKernels.Geometry.Cut;

namespace SparseKernels.Passes.InPlaceWeightFine;

/// <summary>
/// Sizes of a pass that skips single weights on batch-blocked or planar tensors: tiles of output vectors, and work items, which are 16 images
/// or one, a group (or a few whose channels are few), a band of output rows (planar: of vectors) and a share of the output channels. The items follow from the threads too; they change no result.
/// </summary>
internal sealed class InPlaceWeightFineTiling
{
    private const int Block = LaneBlock.Size;

    /// <summary>Entries that pay for a list's end: measured, 6 to 10 are alike.</summary>
    private const double EnoughEntries = 8;

    /// <summary>Output channels of a segment: measured, 24 to 64 are much alike.</summary>
    private const int ChannelsOfSegment = 48;

    /// <summary>Channels on either side up to which all pass at once: sums and input of these are near L1 anyway (4 % slower in segments).</summary>
    private const int ChannelsOfOneSegment = 64;

    /// <summary>A strip's input is at most 1/6 of L2.</summary>
    private const int ShareOfStrip = 6;

    private readonly int _tilesOfStrip;

    /// <summary>Tiles that are cut from what is left of a run as evenly as can be.</summary>
    private const int TilesCutTogether = 4;

    /// <summary>Work items for each thread, so that none waits long for the last one.</summary>
    private const int ItemsPerThread = 4;

    public InPlaceWeightFineTiling(TensorPlaces places, InstructionSetKind isa, int threads)
    {
        var geometry = places.Geometry;
        Places = places;
        Family = places.VectorStep == Block ? KernelFamily.List : KernelFamily.StridedList;
        Tiles = new PanelTiles(Family, isa, TilesCutTogether);
        var wanted = threads == 1 ? 1 : (long)ItemsPerThread * threads;
        JoinsGroups = geometry.Groups > 1 && geometry.Phases.Length == 1 && geometry.InC <= ListBlocking.FewestChannels;
        GroupsTogether = JoinsGroups ? GroupsOf(geometry, (int)Ceiling((long)places.ImageItems * geometry.Groups, wanted)) : 1;
        GroupItems = Ceiling(geometry.Groups, GroupsTogether);
        var independent = (long)places.ImageItems * GroupItems;
        Bands = (int)Math.Clamp(Ceiling(wanted, independent), 1, places.GridRows);
        BandRows = Ceiling(Ceiling(places.GridRows, Bands), MomentSweep.RowsOfBand(places)) * MomentSweep.RowsOfBand(places);
        Bands = Ceiling(places.GridRows, BandRows);
        OutParts = GroupsTogether > 1 ? 1 : (int)Math.Clamp(Ceiling(threads, independent * Bands), 1, geometry.OutC);
        Items = checked((int)(independent * Bands * OutParts));
        var rows = geometry.Phases.Max(phase => phase.Taps.DistinctBy(tap => tap.Dh).Count());
        var isFar = places.Floats * sizeof(float) > MachineTopology.L2Bytes / 2;
        if (isFar && places.Split is null && !JoinsGroups && Isa.Ahead.IsSupported) Ahead = new InputAhead(places);
        Blocking = new(Math.Max(Block, places.WindowOf(Tiles.Largest, rows)) * sizeof(float), EnoughEntries);
        var isWide = Math.Max(geometry.InC, geometry.OutC) > ChannelsOfOneSegment;
        _tilesOfStrip = JoinsGroups || !isWide ? 0 : (int)(MachineTopology.L2Bytes / ShareOfStrip / ((long)geometry.InC * Blocking.TileBytes));
    }

    /// <summary>Where inputs lie.</summary>
    public TensorPlaces Places { get; }

    /// <summary>The kernels' family.</summary>
    public KernelFamily Family { get; }

    /// <summary>
    /// Cuts runs of pixels into tiles of at most 7, or 8 on AVX-512, which make one of a row of 8. It has registers for 14, which save loads of
    /// weights but leave room for fewer channels in L1: slower everywhere where they were measured.
    /// </summary>
    public PanelTiles Tiles { get; }

    /// <summary>
    /// Whether lists of all groups are as one's: where a group has so few channels that a work item of its own costs more than its sums, as in
    /// depthwise convolutions.
    /// </summary>
    public bool JoinsGroups { get; }

    /// <summary>Groups of a work item, so few that what it reads and writes of them is in L1 while its tiles pass.</summary>
    public int GroupsTogether { get; }

    /// <summary>Work items that groups make.</summary>
    public int GroupItems { get; }

    /// <summary>Whether a work item splits what it reads of strided planar data itself, just before it reads it.</summary>
    public bool SplitsByItem => JoinsGroups && Bands == 1 && OutParts == 1 && Places.Split is not null;

    /// <summary>
    /// What tiles ask for before the next ones read it; null where a near cache holds the tensor from the layer before, or has just been filled.
    /// </summary>
    public InputAhead? Ahead { get; }

    /// <summary>Bands of output rows, or of vectors where they span rows.</summary>
    public int Bands { get; }

    /// <summary>Output rows of a band, of every phase, or its vectors.</summary>
    public int BandRows { get; }

    /// <summary>Shares of a group's output channels.</summary>
    public int OutParts { get; }

    /// <summary>Work items.</summary>
    public int Items { get; }

    /// <summary>Output channels that pass together over a strip: all of them if they are few, or L2 doesn't hold a tile's input beside all else.</summary>
    public int SegmentOf(int channels) => _tilesOfStrip == 0 ? channels : Ceiling(channels, Ceiling(channels, ChannelsOfSegment));

    /// <summary>Where a strip of whole tiles ends that begins at a vector of a run.</summary>
    public int EndOfStrip(int start, int length)
    {
        var end = start;
        for (var tile = 0; end < length && (tile == 0 || tile < _tilesOfStrip); tile++) end += Tiles.Next(length - end);
        return end;
    }

    /// <summary>Blocks of input channels.</summary>
    public ListBlocking Blocking { get; }

    private int GroupsOf(TapGeometry geometry, int most)
    {
        var (rows, columns) = Places.GridOf(geometry.Phases[0]);
        var floats = ((long)geometry.InC * Places.ChannelStep) + ((long)geometry.OutC * rows * columns * Block);
        return (int)Math.Clamp(MachineTopology.L1Bytes / 2 / (floats * sizeof(float)), 1, Math.Max(1, most));
    }
}
