using SparseKernels.Passes.Frame;

namespace SparseKernels.Passes.Plain;

/// <summary>The time of a plain loop in the terms of a kernel's driver: products that are so much slower, and the call.</summary>
/// <param name="shape">The sizes.</param>
/// <param name="way">The driver's way, whose coefficients the terms meet.</param>
/// <param name="threads">Threads.</param>
internal sealed class PlainTerms(ConvolutionShape shape, PassWay way, int threads) : CostTerms(shape.K, threads)
{
    /// <summary>Vectors of products that a kernel does while a plain loop does one product.</summary>
    private const double Slowdown = 8;

    private readonly int _products = way.IndexOf("products");

    public override void Fill(in PassWork work, int way, Span<double> terms)
    {
        terms.Clear();
        terms[_products] = Slowdown * shape.MultiplyAdds;
    }
}
