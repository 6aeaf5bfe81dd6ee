using SparseKernels.Geometry;
using SparseKernels.Isa;
using SparseKernels.Kernels;
using SparseKernels.Passes.Frame;
using SparseKernels.Tensors;
using static SparseKernels.Geometry.Cut;

namespace SparseKernels.Passes.BatchDenseGradient;

/// <summary>The time of a <see cref="BatchDenseGradientPass"/>; densities don't matter to it.</summary>
internal sealed class BatchDenseGradientTerms : CostTerms
{
    private readonly double _products;
    private readonly double _runs;
    private readonly double _sums;
    private readonly double _written;
    private readonly double _far;

    public BatchDenseGradientTerms(TapGeometry g, InstructionSetKind isa, int threads)
        : this(g, new BatchDenseGradientTiling(new TensorPlaces(g, PlaneStrides.Of(BlockedLayout.BatchBlocked, g.InH, g.InW, g.Border)), isa, threads), threads)
    {
    }

    private BatchDenseGradientTerms(TapGeometry g, BatchDenseGradientTiling t, int threads)
        : base(g.Groups * t.OutParts * t.Splits, threads)
    {
        const int Block = LaneBlock.Size;

        // The last tile of output channels computes each of them in a call of its own.
        var (whole, rest) = (g.OutC / t.Columns, g.OutC % t.Columns);
        var tiles = (double)g.Groups * (whole + rest);
        var calls = tiles * Ceiling(t.Rows, KernelTable.MaxRows);
        var pixels = (double)LaneBlock.Count(g.Shape.N) * g.OutH * g.OutW;
        _products = tiles * t.Rows * t.Columns * pixels * Block;
        _runs = calls * t.PixelBlocks * t.BandRows * (g.InStepW == 1 ? 1 : g.OutW);
        _sums = calls * t.PixelBlocks;
        _written = (double)g.Shape.WeightLength * t.Splits;
        _far = Far(g.Shape);
    }

    /// <summary>The terms, in their order.</summary>
    public static IReadOnlyList<string> Names { get; } = ["products", "runs", "sums", "written", "far", "call"];

    public override void Fill(in PassWork work, int way, Span<double> terms)
    {
        terms[0] = _products;
        terms[1] = _runs;
        terms[2] = _sums;
        terms[3] = _written;
        terms[4] = _far;
        terms[5] = 1;
    }
}
