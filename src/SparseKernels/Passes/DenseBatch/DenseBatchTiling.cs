using SparseKernels.Geometry;
using SparseKernels.Isa;
using SparseKernels.Threading;
using static SparseKernels.Geometry.Cut;

namespace SparseKernels.Passes.DenseBatch;

/// <summary>
/// Block sizes of a batch-blocked tap pass: bands of rows whose packed input channels share L2. Fixed by shape and machine.
/// </summary>
internal sealed class DenseBatchTiling : IInputPlaces
{
    private const int Block = LaneBlock.Size;

    /// <summary>Channels packed at a time where the cache holds them: enough that the sums stay in registers for long.</summary>
    private const int EnoughChannels = 16;

    /// <summary>Work items worth having, so that many cores find some.</summary>
    private const int EnoughItems = 16;

    public DenseBatchTiling(TapGeometry g)
    {
        Geometry = g;
        PackedColumns = (g.GridColumns - 1) * g.InStepW + g.MaxDw - g.MinDw + 1;
        var channels = Math.Min(g.InC, EnoughChannels);
        var rowBytes = (long)PackedColumns * Block * sizeof(float) * channels;
        var rows = (int)Math.Clamp(MachineTopology.L2Bytes / 2 / rowBytes, 1, int.MaxValue);
        var spatial = (long)g.Groups * LaneBlock.Count(g.Shape.N);
        var mostBands = (int)Math.Clamp((EnoughItems + spatial - 1) / spatial, 1, g.GridRows);
        BandRows = Math.Clamp((rows - (g.MaxDh - g.MinDh)) / g.InStepH, 1, Ceiling(g.GridRows, mostBands));
        BandRows = Evenly(g.GridRows, BandRows);
        Bands = Ceiling(g.GridRows, BandRows);
        PackedRows = (BandRows - 1) * g.InStepH + g.MaxDh - g.MinDh + 1;
        PackedPlane = checked(PackedRows * PackedColumns * Block);
        ChunkChannels = (int)Math.Clamp(MachineTopology.L2Bytes / 2 / sizeof(float) / PackedPlane, 1, channels);
        OutRows = BandRows * g.OutStepH;
        OutPlane = checked(OutRows * g.OutW * Block);
        OutLength = checked(OutPlane * g.OutC);
        Items = checked(g.Groups * LaneBlock.Count(g.Shape.N) * Bands);
    }

    public TapGeometry Geometry { get; }

    public int ChannelStep => PackedPlane;

    public int BandRows { get; }

    public int Bands { get; }

    public int PackedRows { get; }

    public int PackedColumns { get; }

    /// <summary>Floats of one packed channel: 16 images of every pixel of the band.</summary>
    public int PackedPlane { get; }

    public int ChunkChannels { get; }

    public int PackedLength => checked(PackedPlane * ChunkChannels);

    public int OutRows { get; }

    /// <summary>Floats of one output channel of an item.</summary>
    public int OutPlane { get; }

    public int OutLength { get; }

    public int Items { get; }

    /// <inheritdoc/>
    public int Offset(Tap tap) => ((tap.Dh - Geometry.MinDh) * PackedColumns + tap.Dw - Geometry.MinDw) * Block;
}
