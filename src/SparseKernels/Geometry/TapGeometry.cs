using SparseKernels.Isa;
using static SparseKernels.Geometry.Cut;

namespace SparseKernels.Geometry;

/// <summary>One filter tap: it reads the input pixel (Dh, Dw) from where the output pixel stands.</summary>
internal readonly record struct Tap(int Dh, int Dw, int R, int S);

/// <summary>
/// Output pixels that share their taps: (StartH + i·stepH, StartW + j·stepW) for i under Rows and j under Columns. Forward has
/// one phase; BackwardData has strideH·strideW, each a convolution of stride 1 with a share of the taps.
/// </summary>
internal sealed record TapPhase(int StartH, int StartW, int Rows, int Columns, Tap[] Taps);

/// <summary>
/// A Forward or BackwardData pass as the tap kernels see it: every output pixel sums, over its phase's taps and the input
/// channels, an input pixel times a weight. Channels are those of one group.
/// </summary>
internal sealed class TapGeometry
{
    private TapGeometry(ConvolutionShape shape, bool forward, int inStepH, int inStepW, int outStepH, int outStepW, TapPhase[] phases)
    {
        Shape = shape;
        IsForward = forward;
        IsLaneWise = shape.IsDepthwise;
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
    }

    public ConvolutionShape Shape { get; }

    public bool IsForward { get; }

    /// <summary>Forward or BackwardData.</summary>
    public ConvolutionPass Pass => IsForward ? ConvolutionPass.Forward : ConvolutionPass.BackwardData;

    /// <summary>Depthwise: the lanes of a block are 16 groups, each its own input and output channel.</summary>
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

    public TapPhase[] Phases { get; }

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

    private int InTotal => IsForward ? Shape.C : Shape.K;

    /// <summary>Forward or BackwardData of a shape.</summary>
    public static TapGeometry Of(ConvolutionPass pass, ConvolutionShape shape) =>
        pass == ConvolutionPass.Forward ? Forward(shape) : BackwardData(shape);

    /// <summary>An operand as this pass sees it.</summary>
    public PassOperand AsSeen(Operand operand) => operand switch
    {
        Operand.Weight => PassOperand.Weights,
        Operand.Input => IsForward ? PassOperand.Data : PassOperand.Result,
        _ => IsForward ? PassOperand.Result : PassOperand.Data,
    };

    public static TapGeometry Forward(ConvolutionShape shape)
    {
        var taps = new List<Tap>();
        for (var r = 0; r < shape.R; r++)
        {
            for (var s = 0; s < shape.S; s++)
                taps.Add(new Tap(r * shape.Dilation.Height - shape.Padding.Top, s * shape.Dilation.Width - shape.Padding.Left, r, s));
        }

        var phase = new TapPhase(0, 0, shape.P, shape.Q, taps.ToArray());
        return new(shape, forward: true, shape.Stride.Height, shape.Stride.Width, 1, 1, [phase]);
    }

    public static TapGeometry BackwardData(ConvolutionShape shape)
    {
        var phases = new List<TapPhase>();
        for (var a = 0; a < Math.Min(shape.Stride.Height, shape.H); a++)
        {
            var rows = AlongOneSide(a, shape.R, shape.Dilation.Height, shape.Stride.Height, shape.Padding.Top);
            for (var b = 0; b < Math.Min(shape.Stride.Width, shape.W); b++)
            {
                var columns = AlongOneSide(b, shape.S, shape.Dilation.Width, shape.Stride.Width, shape.Padding.Left);
                var taps = rows.SelectMany(row => columns.Select(column => new Tap(row.Distance, column.Distance, row.Tap, column.Tap)));
                phases.Add(new TapPhase(
                    a, b, Ceiling(shape.H - a, shape.Stride.Height), Ceiling(shape.W - b, shape.Stride.Width), taps.ToArray()));
            }
        }

        return new(shape, forward: false, 1, 1, shape.Stride.Height, shape.Stride.Width, phases.ToArray());
    }

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
