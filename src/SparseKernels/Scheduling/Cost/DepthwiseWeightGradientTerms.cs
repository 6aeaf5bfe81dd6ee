namespace SparseKernels.Scheduling.Cost;

/// <summary>The time of a <see cref="DepthwiseWeightGradientPass"/>; densities don't matter to it.</summary>
internal sealed class DepthwiseWeightGradientTerms : CostTerms
{
    private static readonly string[] s_names = ["products", "packed", "sums", "call"];

    private readonly double _products;
    private readonly double _packed;
    private readonly double _sums;

    public DepthwiseWeightGradientTerms(TapGeometry g, int threads)
        : base(new(ConvolutionPass.BackwardWeights, Cost.Driver.DepthwiseWeightGradient), DepthwiseWeightGradientPass.ItemsOf(g), threads)
    {
        var pixels = (double)g.Shape.N * g.GridRows * g.GridColumns * g.Groups;
        _products = pixels * g.TapCount;
        _packed = pixels * BlockedTensor.Block * (g.InStepH * g.InStepW + 1);
        _sums = (double)DepthwiseWeightGradientPass.ItemsOf(g) * g.TapCount * BlockedTensor.Block;
    }

    public static ReadOnlySpan<string> Names => s_names;

    public override void Fill(in PassWork work, int way, Span<double> terms)
    {
        terms[0] = _products;
        terms[1] = _packed;
        terms[2] = _sums;
        terms[3] = 1;
    }
}
