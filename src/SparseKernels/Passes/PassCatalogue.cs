using SparseKernels.Geometry;
using SparseKernels.Isa;
using SparseKernels.Passes.BatchDenseGradient;
using SparseKernels.Passes.BatchMaskFine;
using SparseKernels.Passes.DataFine;
using SparseKernels.Passes.Dense;
using SparseKernels.Passes.DenseBatch;
using SparseKernels.Passes.DenseGradient;
using SparseKernels.Passes.DepthwiseGradient;
using SparseKernels.Passes.Frame;
using SparseKernels.Passes.GradientDataFine;
using SparseKernels.Passes.GradientMaskFine;
using SparseKernels.Passes.InPlaceWeightFine;
using SparseKernels.Passes.Plain;
using SparseKernels.Passes.ResultFine;
using SparseKernels.Passes.WeightFine;
using SparseKernels.Tensors;
using static SparseKernels.BlockedLayout;

namespace SparseKernels.Passes;

/// <summary>
/// THE list of ways to run a pass: a row for each cell (a pass with the pair whose zeros it skips), and the dense ways. Plans, cost model
/// and calibration know the ways by this list alone; to add one is a folder and its rows here.
/// </summary>
internal static class PassCatalogue
{
    private const string WhyNotScattered = "the filter reaches so far past the image that next to nothing but padding is read";

    private const string WhyNotBatchBlocked = "batch-blocked: every lane is its own image, so that only zeros of weights can be skipped one by one";

    private const string WhyNotPlanar = "planar: only zeros of weights are skipped one by one, by Forward and BackwardData";

    private const string WhyNotDepthwise = "depthwise: every lane is its own channel, nothing to skip by";

    /// <summary>The dense ways of Forward and BackwardData; the first that suits a shape serves it.</summary>
    private static readonly DenseTapWay[] s_denseTaps = [DenseTapPass.DepthwiseWay, DenseBatchPass.Way, DenseTapPass.Way];

    /// <summary>The dense ways of BackwardWeights; the first that suits a shape serves it.</summary>
    private static readonly DenseGradientWay[] s_denseGradients = [DepthwiseGradientPass.Way, DenseGradientPass.Way];

    /// <summary>Every cell: the pass, the operand skipped at fine grain, the one skipped in runs, the layout, and the way.</summary>
    public static IReadOnlyList<PassCell> Cells { get; } =
    [
        new(ConvolutionPass.Forward, Operand.Input, Operand.Weight, ChannelBlocked, DataFinePass.Way),
        new(ConvolutionPass.Forward, Operand.Input, Operand.Output, ChannelBlocked, DataFinePass.Way),
        new(ConvolutionPass.Forward, Operand.Weight, Operand.Input, ChannelBlocked, WeightFinePass.Way),
        new(ConvolutionPass.Forward, Operand.Weight, Operand.Output, ChannelBlocked, WeightFinePass.Way),
        new(ConvolutionPass.Forward, Operand.Output, Operand.Input, ChannelBlocked, ResultFinePass.Way),
        new(ConvolutionPass.Forward, Operand.Output, Operand.Weight, ChannelBlocked, ResultFinePass.Way),
        new(ConvolutionPass.BackwardData, Operand.Output, Operand.Weight, ChannelBlocked, DataFinePass.Way),
        new(ConvolutionPass.BackwardData, Operand.Output, Operand.Input, ChannelBlocked, DataFinePass.Way),
        new(ConvolutionPass.BackwardData, Operand.Weight, Operand.Output, ChannelBlocked, WeightFinePass.Way),
        new(ConvolutionPass.BackwardData, Operand.Weight, Operand.Input, ChannelBlocked, WeightFinePass.Way),
        new(ConvolutionPass.BackwardData, Operand.Input, Operand.Output, ChannelBlocked, ResultFinePass.Way),
        new(ConvolutionPass.BackwardData, Operand.Input, Operand.Weight, ChannelBlocked, ResultFinePass.Way),
        new(ConvolutionPass.BackwardWeights, Operand.Input, Operand.Output, ChannelBlocked, GradientDataFinePass.InputWay),
        new(ConvolutionPass.BackwardWeights, Operand.Input, Operand.Weight, ChannelBlocked, GradientDataFinePass.InputWay),
        new(ConvolutionPass.BackwardWeights, Operand.Output, Operand.Input, ChannelBlocked, GradientDataFinePass.OutputWay),
        new(ConvolutionPass.BackwardWeights, Operand.Output, Operand.Weight, ChannelBlocked, GradientDataFinePass.OutputWay),
        new(ConvolutionPass.BackwardWeights, Operand.Weight, Operand.Input, ChannelBlocked, GradientMaskFinePass.Way),
        new(ConvolutionPass.BackwardWeights, Operand.Weight, Operand.Output, ChannelBlocked, GradientMaskFinePass.Way),
        new(ConvolutionPass.Forward, Operand.Weight, Operand.Input, BatchBlocked, InPlaceWeightFinePass.BatchWay),
        new(ConvolutionPass.Forward, Operand.Weight, Operand.Output, BatchBlocked, InPlaceWeightFinePass.BatchWay),
        new(ConvolutionPass.BackwardData, Operand.Weight, Operand.Output, BatchBlocked, InPlaceWeightFinePass.BatchWay),
        new(ConvolutionPass.BackwardData, Operand.Weight, Operand.Input, BatchBlocked, InPlaceWeightFinePass.BatchWay),
        new(ConvolutionPass.BackwardWeights, Operand.Weight, Operand.Input, BatchBlocked, BatchMaskFinePass.Way),
        new(ConvolutionPass.BackwardWeights, Operand.Weight, Operand.Output, BatchBlocked, BatchMaskFinePass.Way),
        new(ConvolutionPass.Forward, Operand.Weight, Operand.Input, Planar, InPlaceWeightFinePass.PlanarWay),
        new(ConvolutionPass.Forward, Operand.Weight, Operand.Output, Planar, InPlaceWeightFinePass.PlanarWay),
        new(ConvolutionPass.BackwardData, Operand.Weight, Operand.Output, Planar, InPlaceWeightFinePass.PlanarWay),
        new(ConvolutionPass.BackwardData, Operand.Weight, Operand.Input, Planar, InPlaceWeightFinePass.PlanarWay),
    ];

    /// <summary>Every pass with each way to run it.</summary>
    public static IReadOnlyList<PassRow> Rows { get; } = ListRows();

    /// <summary>The row of a pass and one of its ways.</summary>
    public static PassRow RowOf(ConvolutionPass pass, PassWay way)
    {
        foreach (var row in Rows)
        {
            if (row.Pass == pass && ReferenceEquals(row.Way, way)) return row;
        }

        throw new ArgumentException($"{pass} has no way {way.Name}.", nameof(way));
    }

    /// <summary>
    /// The layout in which a call on tensors of a layout runs: planar ones are converted where the pass can't read and write them in place.
    /// </summary>
    public static BlockedLayout LayoutOfRun(ConvolutionPass pass, ConvolutionShape shape, BlockedLayout layout) =>
        layout != Planar ? layout
        : pass != ConvolutionPass.BackwardWeights && PlanarFit.CanBe(TapGeometry.Of(pass, shape, Planar)) ? Planar
        : ChannelBlocked;

    /// <summary>The dense way that serves a shape.</summary>
    public static DenseTapWay DenseOf(TapGeometry geometry, BlockedLayout layout) =>
        layout switch
        {
            BatchBlocked => InPlaceDensePass.BatchWay,
            Planar => InPlaceDensePass.PlanarWay,
            _ => Array.Find(s_denseTaps, way => way.Suits(geometry))!,
        };

    /// <summary>The dense way that serves a shape.</summary>
    public static DenseGradientWay DenseOf(ConvolutionShape shape, BlockedLayout layout) =>
        layout == BatchBlocked ? BatchDenseGradientPass.Way : Array.Find(s_denseGradients, way => way.Suits(shape))!;

    /// <summary>
    /// The driver of the dense way for data with these strides, which are zero if it is channel-blocked, or plain loops where the shape is
    /// none for kernels.
    /// </summary>
    public static ITapPass CreateDense(TapGeometry geometry, PlaneStrides strides, PassMachine machine) => geometry.IsScattered
        ? new PlainTapPass(geometry, machine.Topology)
        : DenseOf(geometry, strides.Layout).Create(geometry, strides, machine);

    /// <summary>The same for x with these strides.</summary>
    public static IGradientPass CreateDense(ConvolutionShape shape, PlaneStrides strides, PassMachine machine) => IsScattered(shape)
        ? new PlainGradientPass(shape, machine.Topology)
        : DenseOf(shape, strides.Layout).Create(shape, strides, machine);

    /// <summary>The terms of what <see cref="CreateDense(TapGeometry, PlaneStrides, PassMachine)"/> makes.</summary>
    public static CostTerms DenseTerms(TapGeometry geometry, BlockedLayout layout, InstructionSetKind isa, int threads)
    {
        var way = DenseOf(geometry, layout);
        return geometry.IsScattered ? new PlainTerms(geometry.Shape, way, threads) : way.Terms(geometry, isa, threads);
    }

    /// <summary>The terms of what <see cref="CreateDense(ConvolutionShape, PlaneStrides, PassMachine)"/> makes.</summary>
    public static CostTerms DenseTerms(ConvolutionShape shape, BlockedLayout layout, InstructionSetKind isa, int threads)
    {
        var way = DenseOf(shape, layout);
        return IsScattered(shape) ? new PlainTerms(shape, way, threads) : way.Terms(shape, isa, threads);
    }

    /// <summary>The way that skips a pair's zeros, or the reason why the dense kernels serve this shape.</summary>
    public static (SparseTapWay? Way, string? WhyDense) Find(
        TapGeometry geometry, OperandPair pair, BlockedLayout layout, InstructionSetKind isa, int threads)
    {
        if (WayOf(geometry.Pass, pair, layout) is not SparseTapWay way) return (null, WhyNone(layout));
        var why = geometry.IsScattered ? WhyNotScattered : geometry.IsLaneWise ? WhyNotDepthwise : way.WhyDense(geometry, isa, threads);
        return why is null ? (way, null) : (null, why);
    }

    /// <summary>The way that skips a pair's zeros, or the reason why the dense kernels serve this shape.</summary>
    public static (SparseGradientWay? Way, string? WhyDense) Find(ConvolutionShape shape, OperandPair pair, BlockedLayout layout)
    {
        if (WayOf(ConvolutionPass.BackwardWeights, pair, layout) is not SparseGradientWay way) return (null, WhyNone(layout));
        var why = IsScattered(shape) ? WhyNotScattered
            : layout == ChannelBlocked && shape.IsDepthwise ? WhyNotDepthwise
            : way.WhyDense(shape, pair);
        return why is null ? (way, null) : (null, why);
    }

    private static string WhyNone(BlockedLayout layout) => layout == Planar ? WhyNotPlanar : WhyNotBatchBlocked;

    private static bool IsScattered(ConvolutionShape shape) =>
        TapGeometry.Forward(shape).IsScattered || TapGeometry.BackwardData(shape).IsScattered;

    /// <summary>The way of a cell; null where there is none in this layout.</summary>
    private static PassWay? WayOf(ConvolutionPass pass, OperandPair pair, BlockedLayout layout)
    {
        if (pair == default) throw new ArgumentOutOfRangeException(nameof(pair), pair, "names no two operands.");
        foreach (var cell in Cells)
        {
            if (cell.Pass == pass && cell.Fine == pair.Fine && cell.Coarse == pair.Coarse && cell.Layout == layout) return cell.Way;
        }

        return null;
    }

    private static PassRow[] ListRows()
    {
        var rows = new List<PassRow>();
        foreach (var pass in Enum.GetValues<ConvolutionPass>())
        {
            IEnumerable<PassWay> dense = pass == ConvolutionPass.BackwardWeights
                ? [.. s_denseGradients, BatchDenseGradientPass.Way]
                : [.. s_denseTaps, InPlaceDensePass.BatchWay, InPlaceDensePass.PlanarWay];
            foreach (var way in dense.Concat(Cells.Where(cell => cell.Pass == pass).Select(cell => cell.Way)))
            {
                if (!rows.Exists(row => row.Pass == pass && ReferenceEquals(row.Way, way))) rows.Add(new PassRow(rows.Count, pass, way));
            }
        }

        return [.. rows];
    }
}
