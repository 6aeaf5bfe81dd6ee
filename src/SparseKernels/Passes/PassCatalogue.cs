using SparseKernels.Geometry;
using SparseKernels.Isa;
using SparseKernels.Passes.DataFine;
using SparseKernels.Passes.Dense;
using SparseKernels.Passes.DenseBatch;
using SparseKernels.Passes.DenseGradient;
using SparseKernels.Passes.DepthwiseGradient;
using SparseKernels.Passes.Frame;
using SparseKernels.Passes.GradientDataFine;
using SparseKernels.Passes.GradientMaskFine;
using SparseKernels.Passes.Plain;
using SparseKernels.Passes.ResultFine;
using SparseKernels.Passes.WeightFine;

namespace SparseKernels.Passes;

/// <summary>
/// THE list of ways to run a pass: a row for each cell (a pass with the pair whose zeros it skips), and the dense ways. Plans, cost model
/// and calibration know the ways by this list alone; to add one is a folder and its rows here.
/// </summary>
internal static class PassCatalogue
{
    private const string WhyNotScattered = "the filter reaches so far past the image that next to nothing but padding is read";

    private const string WhyNotDepthwise = "depthwise: every lane is its own channel, nothing to skip by";

    /// <summary>The dense ways of Forward and BackwardData; the first that suits a shape serves it.</summary>
    private static readonly DenseTapWay[] s_denseTaps = [DenseTapPass.DepthwiseWay, DenseBatchPass.Way, DenseTapPass.Way];

    /// <summary>The dense ways of BackwardWeights; the first that suits a shape serves it.</summary>
    private static readonly DenseGradientWay[] s_denseGradients = [DepthwiseGradientPass.Way, DenseGradientPass.Way];

    /// <summary>Every cell: the pass, the operand skipped at fine grain, the one skipped in runs, and the way.</summary>
    public static IReadOnlyList<PassCell> Cells { get; } =
    [
        new(ConvolutionPass.Forward, Operand.Input, Operand.Weight, DataFinePass.Way),
        new(ConvolutionPass.Forward, Operand.Input, Operand.Output, DataFinePass.Way),
        new(ConvolutionPass.Forward, Operand.Weight, Operand.Input, WeightFinePass.Way),
        new(ConvolutionPass.Forward, Operand.Weight, Operand.Output, WeightFinePass.Way),
        new(ConvolutionPass.Forward, Operand.Output, Operand.Input, ResultFinePass.Way),
        new(ConvolutionPass.Forward, Operand.Output, Operand.Weight, ResultFinePass.Way),
        new(ConvolutionPass.BackwardData, Operand.Output, Operand.Weight, DataFinePass.Way),
        new(ConvolutionPass.BackwardData, Operand.Output, Operand.Input, DataFinePass.Way),
        new(ConvolutionPass.BackwardData, Operand.Weight, Operand.Output, WeightFinePass.Way),
        new(ConvolutionPass.BackwardData, Operand.Weight, Operand.Input, WeightFinePass.Way),
        new(ConvolutionPass.BackwardData, Operand.Input, Operand.Output, ResultFinePass.Way),
        new(ConvolutionPass.BackwardData, Operand.Input, Operand.Weight, ResultFinePass.Way),
        new(ConvolutionPass.BackwardWeights, Operand.Input, Operand.Output, GradientDataFinePass.InputWay),
        new(ConvolutionPass.BackwardWeights, Operand.Input, Operand.Weight, GradientDataFinePass.InputWay),
        new(ConvolutionPass.BackwardWeights, Operand.Output, Operand.Input, GradientDataFinePass.OutputWay),
        new(ConvolutionPass.BackwardWeights, Operand.Output, Operand.Weight, GradientDataFinePass.OutputWay),
        new(ConvolutionPass.BackwardWeights, Operand.Weight, Operand.Input, GradientMaskFinePass.Way),
        new(ConvolutionPass.BackwardWeights, Operand.Weight, Operand.Output, GradientMaskFinePass.Way),
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

    /// <summary>The dense way that serves a shape.</summary>
    public static DenseTapWay DenseOf(TapGeometry geometry) => Array.Find(s_denseTaps, way => way.Suits(geometry))!;

    /// <summary>The dense way that serves a shape.</summary>
    public static DenseGradientWay DenseOf(ConvolutionShape shape) => Array.Find(s_denseGradients, way => way.Suits(shape))!;

    /// <summary>The driver of the dense way, or plain loops where the shape is none for kernels.</summary>
    public static ITapPass CreateDense(TapGeometry geometry, PassMachine machine) =>
        geometry.IsScattered ? new PlainTapPass(geometry, machine.Topology) : DenseOf(geometry).Create(geometry, machine);

    /// <summary>The driver of the dense way, or plain loops where the shape is none for kernels.</summary>
    public static IGradientPass CreateDense(ConvolutionShape shape, PassMachine machine) =>
        IsScattered(shape) ? new PlainGradientPass(shape, machine.Topology) : DenseOf(shape).Create(shape, machine);

    /// <summary>The terms of what <see cref="CreateDense(TapGeometry, PassMachine)"/> makes.</summary>
    public static CostTerms DenseTerms(TapGeometry geometry, InstructionSetKind isa, int threads) =>
        geometry.IsScattered ? new PlainTerms(geometry.Shape, DenseOf(geometry), threads) : DenseOf(geometry).Terms(geometry, isa, threads);

    /// <summary>The terms of what <see cref="CreateDense(ConvolutionShape, PassMachine)"/> makes.</summary>
    public static CostTerms DenseTerms(ConvolutionShape shape, InstructionSetKind isa, int threads) =>
        IsScattered(shape) ? new PlainTerms(shape, DenseOf(shape), threads) : DenseOf(shape).Terms(shape, isa, threads);

    /// <summary>The way that skips a pair's zeros, or the reason why the dense kernels serve this shape.</summary>
    public static (SparseTapWay? Way, string? WhyDense) Find(TapGeometry geometry, OperandPair pair, InstructionSetKind isa, int threads)
    {
        var way = (SparseTapWay)WayOf(geometry.Pass, pair);
        var why = geometry.IsScattered ? WhyNotScattered : geometry.IsLaneWise ? WhyNotDepthwise : way.WhyDense(geometry, isa, threads);
        return why is null ? (way, null) : (null, why);
    }

    /// <summary>The way that skips a pair's zeros, or the reason why the dense kernels serve this shape.</summary>
    public static (SparseGradientWay? Way, string? WhyDense) Find(ConvolutionShape shape, OperandPair pair)
    {
        var way = (SparseGradientWay)WayOf(ConvolutionPass.BackwardWeights, pair);
        var why = IsScattered(shape) ? WhyNotScattered : shape.IsDepthwise ? WhyNotDepthwise : way.WhyDense(shape, pair);
        return why is null ? (way, null) : (null, why);
    }

    private static bool IsScattered(ConvolutionShape shape) =>
        TapGeometry.Forward(shape).IsScattered || TapGeometry.BackwardData(shape).IsScattered;

    private static PassWay WayOf(ConvolutionPass pass, OperandPair pair)
    {
        foreach (var cell in Cells)
        {
            if (cell.Pass == pass && cell.Fine == pair.Fine && cell.Coarse == pair.Coarse) return cell.Way;
        }

        throw new ArgumentOutOfRangeException(nameof(pair), pair, "names no two operands.");
    }

    private static PassRow[] ListRows()
    {
        var rows = new List<PassRow>();
        foreach (var pass in Enum.GetValues<ConvolutionPass>())
        {
            IEnumerable<PassWay> dense = pass == ConvolutionPass.BackwardWeights ? s_denseGradients : s_denseTaps;
            foreach (var way in dense.Concat(Cells.Where(cell => cell.Pass == pass).Select(cell => cell.Way)))
            {
                if (!rows.Exists(row => row.Pass == pass && ReferenceEquals(row.Way, way))) rows.Add(new PassRow(rows.Count, pass, way));
            }
        }

        return [.. rows];
    }
}
