using SparseKernels.Geometry;
using SparseKernels.Isa;
using SparseKernels.Passes.Frame;

namespace SparseKernels.Passes.DepthwiseGradient;

/// <summary>The time of a <see cref="DepthwiseGradientPass"/>; densities don't matter to it.</summary>
internal sealed class DepthwiseGradientTerms : CostTerms
{
    private readonly double _products;
    private readonly double _packed;
    private readonly double _sums;

    public DepthwiseGradientTerms(TapGeometry g, int threads)
        : base(DepthwiseGradientPass.ItemsOf(g), threads)
    {
        var pixels = (double)g.Shape.N * g.GridRows * g.GridColumns * g.Groups;
        _products = pixels * g.TapCount;
        _packed = pixels * LaneBlock.Size * (g.InStepH * g.InStepW + 1);
        _sums = (double)DepthwiseGradientPass.ItemsOf(g) * g.TapCount * LaneBlock.Size;
    }

    /// <summary>The terms, in their order.</summary>
    public static IReadOnlyList<string> Names { get; } =
        ["products", "packed", "sums", "call"];

    public override void Fill(in PassWork work, int way, Span<double> terms)
    {
        terms[0] = _products;
        terms[1] = _packed;
        terms[2] = _sums;
        terms[3] = 1;
    }
}
