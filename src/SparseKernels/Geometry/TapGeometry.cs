using SparseKernels.Isa;
using static SparseKernels.Geometry.Cut;

namespace SparseKernels.Geometry;

/// <summary>One filter tap: it reads the input pixel (Dh, Dw) from where the output pixel stands.</summary>
internal readonly record struct Tap(int Dh, int Dw, int R, int S);

/// <summary>
/// Output pixels that share their taps: (StartH + i·stepH, StartW + j·stepW) for i under Rows and j under Columns. Forward has
/// one phase; BackwardData has strideH·strideW, each a convolution of stride 1 with a share of the taps.
/// </summary>
internal sealed record TapPhase(int StartH, int StartW, int Rows, int Columns, Tap[] Taps)
{
    /// <summary>For each plain tap r·S + s its place among <see cref="Taps"/>, or −1.</summary>
    public int[] PlacesOf(ConvolutionShape shape)
    {
        var places = new int[shape.R * shape.S];
        Array.Fill(places, -1);
        for (var i = 0; i < Taps.Length; i++) places[Taps[i].R * shape.S + Taps[i].S] = i;
        return places;
    }
}

/// <summary>
/// A Forward or BackwardData pass as the tap kernels see it: every output pixel sums, over its phase's taps and the input
/// channels, an input pixel times a weight. Channels are those of one group.
/// </summary>
internal sealed class TapGeometry
{
    /// <summary>Pixels of a window for each pixel of both images from which on the kernels would work on padding.</summary>
    private const int MostPadding = 16;

    /// <summary>Pixels of a window that cost nothing worth speaking of.</summary>
    private const int SmallWindow = 4096;

    /// <summary>Phases of BackwardData at most: a stride of 64 in both directions.</summary>
    private const int MostPhases = 4096;

    private TapGeometry(
        ConvolutionShape shape, bool forward, BlockedLayout layout, int inStepH, int inStepW, int outStepH, int outStepW, TapPhase[] phases)
    {
        Shape = shape;
        IsForward = forward;
        IsLaneWise = shape.IsDepthwise && layout == BlockedLayout.ChannelBlocked;
        (InC, InH, InW) = forward ? (shape.GroupC, shape.H, shape.W) : (shape.GroupK, shape.P, shape.Q);
        (OutC, OutH, OutW) = forward ? (shape.GroupK, shape.P, shape.Q) : (shape.GroupC, shape.H, shape.W);
        (Groups, WeightC) = (shape.Groups, InC);
        if (IsLaneWise) (Groups, InC, OutC) = (LaneBlock.Count(shape.C), LaneBlock.Size, LaneBlock.Size);
        (InStepH, InStepW, OutStepH, OutStepW) = (inStepH, inStepW, outStepH, outStepW);
        Phases = phases;
        var taps = phases.SelectMany(phase => phase.Taps).DefaultIfEmpty().ToArray();
        (MinDh, MaxDh) = (taps.Min(tap => tap.Dh), taps.Max(tap => tap.Dh));
        (MinDw, MaxDw) = (taps.Min(tap => tap.Dw), taps.Max(tap => tap.Dw));
        TapCount = phases.Sum(phase => phase.Taps.Length);
        MostTaps = phases.Max(phase => phase.Taps.Length);
        GridRows = phases.Max(phase => phase.Rows);
        GridColumns = phases.Max(phase => phase.Columns);
        var rs = shape.R * shape.S;
        (OutWeightStep, InWeightStep) = forward ? (shape.GroupC * rs, rs) : (rs, shape.GroupC * rs);
        ReadsPadding = phases.Any(phase => phase.Taps.Any(tap => ReadsPast(phase, tap)));
        IsScattered = TapCount == 0 || WindowPixels > MostPadding * ((long)InH * InW + (long)OutH * OutW) + SmallWindow;
    }

    public ConvolutionShape Shape { get; }

    public bool IsForward { get; }

    /// <summary>Forward or BackwardData.</summary>
    public ConvolutionPass Pass => IsForward ? ConvolutionPass.Forward : ConvolutionPass.BackwardData;

    /// <summary>
    /// The zeros around the data that the taps reach, and so the border that it needs where kernels read it in place.
    /// </summary>
    public Padding2D Border => new(
        Math.Max(0, -MinDh), Math.Max(0, Reach(GridRows, InStepH, MaxDh) - InH), Math.Max(0, -MinDw),
        Math.Max(0, Reach(GridColumns, InStepW, MaxDw) - InW));

    /// <summary>Depthwise with channels in the lanes: the lanes of a block are 16 groups, each its own input and output channel.</summary>
    public bool IsLaneWise { get; }

    /// <summary>Groups as the driver sees them: the convolution's, or blocks of 16 of them where <see cref="IsLaneWise"/>.</summary>
    public int Groups { get; }

    /// <summary>Input channels that one output channel sums over.</summary>
    public int WeightC { get; }

    /// <summary>Input channels of a group; 16 where <see cref="IsLaneWise"/>, though the last group may have fewer.</summary>
    public int InC { get; }

    public int InH { get; }

    public int InW { get; }

    public int OutC { get; }

    public int OutH { get; }

    public int OutW { get; }

    /// <summary>Input rows between neighbouring output rows of a phase.</summary>
    public int InStepH { get; }

    public int InStepW { get; }

    /// <summary>Output rows between neighbouring output rows of a phase.</summary>
    public int OutStepH { get; }

    public int OutStepW { get; }

    /// <summary>What the results are made of; empty taps where the images are too small for a tap to read any of them.</summary>
    public TapPhase[] Phases { get; }

    /// <summary>Whether some tap that reads the image reads past it too.</summary>
    public bool ReadsPadding { get; }

    /// <summary>
    /// Whether the images lie scattered in what the taps of a row of results reach: padding, stride or dilation is so large beside them
    /// that windows of whole rows would hold little else than zeros, or phases little else than a pixel.
    /// </summary>
    public bool IsScattered { get; }

    public int MinDh { get; }

    public int MaxDh { get; }

    public int MinDw { get; }

    public int MaxDw { get; }

    /// <summary>Taps of all phases: R·S, less those that only outputs past a very small image would read.</summary>
    public int TapCount { get; }

    /// <summary>Taps of the phase that has most.</summary>
    public int MostTaps { get; }

    /// <summary>Rows of the tallest phase.</summary>
    public int GridRows { get; }

    public int GridColumns { get; }

    /// <summary>Elements between the plain weights of neighbouring output channels of this pass.</summary>
    public int OutWeightStep { get; }

    /// <summary>Elements between the plain weights of neighbouring input channels of this pass.</summary>
    public int InWeightStep { get; }

    /// <summary>Input channels of a group from its channel <paramref name="c"/> on, at most a block.</summary>
    public int InChannelsFrom(int group, int c) => Math.Min(LaneBlock.Size, Math.Min(InC - c, InTotal - group * InC - c));

    /// <summary>Output channels of a group from its channel <paramref name="c"/> on, at most a block.</summary>
    public int OutChannelsFrom(int group, int c) => Math.Min(LaneBlock.Size, Math.Min(OutC - c, OutTotal - group * OutC - c));

    /// <summary>Output channels of all groups.</summary>
    public int OutTotal => IsForward ? Shape.K : Shape.C;

    /// <summary>Whether every group's output channels start at a block and none shares its last block.</summary>
    public bool OutGroupsAreWholeBlocks => Groups == 1 || OutC % LaneBlock.Size == 0;

    /// <summary>One past the last row or column that a tap reads.</summary>
    private static int Reach(int results, int step, int distance) => (results - 1) * step + distance + 1;

    private bool ReadsPast(TapPhase phase, Tap tap) =>
        tap.Dh < 0 || tap.Dw < 0 || (phase.Rows - 1) * InStepH + tap.Dh >= InH || (phase.Columns - 1) * InStepW + tap.Dw >= InW;

    private int InTotal => IsForward ? Shape.C : Shape.K;

    /// <summary>Pixels that the taps of a row of results reach.</summary>
    private long WindowPixels => ((long)MaxDh - MinDh + 1) * ((GridColumns - 1L) * InStepW + MaxDw - MinDw + 1);

    /// <summary>Forward or BackwardData of a shape.</summary>
    /// <param name="pass">Forward or BackwardData.</param>
    /// <param name="shape">The sizes.</param>
    /// <param name="layout">How its tensors lie: only where they are channel-blocked channels share a block.</param>
    public static TapGeometry Of(ConvolutionPass pass, ConvolutionShape shape, BlockedLayout layout = BlockedLayout.ChannelBlocked) =>
        pass == ConvolutionPass.Forward ? Forward(shape, layout) : BackwardData(shape, layout);

    /// <summary>An operand as this pass sees it.</summary>
    public PassOperand AsSeen(Operand operand) => operand switch
    {
        Operand.Weight => PassOperand.Weights,
        Operand.Input => IsForward ? PassOperand.Data : PassOperand.Result,
        _ => IsForward ? PassOperand.Result : PassOperand.Data,
    };

    public static TapGeometry Forward(ConvolutionShape shape, BlockedLayout layout = BlockedLayout.ChannelBlocked)
    {
        // A single row or column has no step: a stride past the image costs nothing.
        var (stepH, stepW) = (shape.P > 1 ? shape.Stride.Height : 1, shape.Q > 1 ? shape.Stride.Width : 1);
        var rows = Reading(
            Enumerable.Range(0, shape.R).Select(r => (r, r * shape.Dilation.Height - shape.Padding.Top)), shape.P, stepH, shape.H);
        var columns = Reading(
            Enumerable.Range(0, shape.S).Select(s => (s, s * shape.Dilation.Width - shape.Padding.Left)), shape.Q, stepW, shape.W);
        return new(shape, forward: true, layout, stepH, stepW, 1, 1, [new TapPhase(0, 0, shape.P, shape.Q, Taps(rows, columns))]);
    }

    public static TapGeometry BackwardData(ConvolutionShape shape, BlockedLayout layout = BlockedLayout.ChannelBlocked)
    {
        var (stepH, stepW) = (Math.Min(shape.Stride.Height, shape.H), Math.Min(shape.Stride.Width, shape.W));
        if ((long)stepH * stepW > MostPhases) return new(shape, forward: false, layout, 1, 1, 1, 1, [new TapPhase(0, 0, shape.H, shape.W, [])]);
        var columns = Enumerable.Range(0, stepW).Select(b => Reading(
            AlongOneSide(b, shape.S, shape.Dilation.Width, shape.Stride.Width, shape.Padding.Left), Ceiling(shape.W - b, stepW), 1, shape.Q)).ToArray();
        var phases = new List<TapPhase>();
        for (var a = 0; a < stepH; a++)
        {
            var height = Ceiling(shape.H - a, stepH);
            var rows = Reading(AlongOneSide(a, shape.R, shape.Dilation.Height, shape.Stride.Height, shape.Padding.Top), height, 1, shape.P);
            for (var b = 0; b < stepW; b++) phases.Add(new TapPhase(a, b, height, Ceiling(shape.W - b, stepW), Taps(rows, columns[b])));
        }

        return new(shape, forward: false, layout, 1, 1, stepH, stepW, phases.ToArray());
    }

    private static Tap[] Taps(List<(int Tap, int Distance)> rows, List<(int Tap, int Distance)> columns) =>
        rows.SelectMany(row => columns.Select(column => new Tap(row.Distance, column.Distance, row.Tap, column.Tap))).ToArray();

    /// <summary>Of the taps along one side, those that some result reads the image through: the others cost nothing.</summary>
    private static List<(int Tap, int Distance)> Reading(IEnumerable<(int Tap, int Distance)> taps, int results, int step, int size) =>
        taps.Where(tap =>
        {
            var first = tap.Distance >= 0 ? 0 : (-(long)tap.Distance + step - 1) / step;
            return first < results && tap.Distance + first * step < size;
        }).ToList();

    /// <summary>
    /// The taps t with h = start + i·stride reached from output row i + distance: h + padding − t·dilation is a multiple of the stride.
    /// </summary>
    private static List<(int Tap, int Distance)> AlongOneSide(int start, int taps, int dilation, int stride, int padding)
    {
        var found = new List<(int, int)>();
        for (var t = 0; t < taps; t++)
        {
            var distance = start + padding - t * dilation;
            if (distance % stride == 0) found.Add((t, distance / stride));
        }

        return found;
    }
}
