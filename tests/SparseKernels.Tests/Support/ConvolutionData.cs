using FsCheck;
using FsCheck.Fluent;
using SparseKernels.Reference;
using SparseKernels.TestSupport;

namespace SparseKernels.Tests.Support;

/// <summary>A generated shape with the densities of its operands and the seed of their values.</summary>
internal sealed record ConvolutionCase(ConvolutionShape Shape, double DensityX, double DensityW, double DensityDy, int Seed)
{
    private static readonly double[] s_densities = [0, 0.1, 0.5, 0.9, 1, 1, 1];

    /// <summary>Any shape with operands of any density; shrinks the shape alone.</summary>
    public static Arbitrary<ConvolutionCase> Arbitrary() => Arb.From(
        from shape in ConvolutionShapes.Arbitrary().Generator
        from x in Gen.Elements(s_densities)
        from w in Gen.Elements(s_densities)
        from dy in Gen.Elements(s_densities)
        from seed in Gen.Choose(1, 1_000_000)
        select new ConvolutionCase(shape, x, w, dy, seed),
        old => ConvolutionShapes.Arbitrary().Shrinker(old.Shape).Select(shape => old with { Shape = shape }));

    /// <summary>Whole numbers, for exact equality.</summary>
    public ConvolutionData Integers() => new(
        Shape,
        RandomTensor.Integers(Shape.InputLength, Seed, DensityX),
        RandomTensor.Integers(Shape.WeightLength, Seed + 1, DensityW),
        RandomTensor.Integers(Shape.OutputLength, Seed + 2, DensityDy),
        RandomTensor.Integers(Shape.K, Seed + 3));

    /// <summary>Numbers from −1 to 1.</summary>
    public ConvolutionData Floats() => new(
        Shape,
        RandomTensor.Floats(Shape.InputLength, Seed, DensityX),
        RandomTensor.Floats(Shape.WeightLength, Seed + 1, DensityW),
        RandomTensor.Floats(Shape.OutputLength, Seed + 2, DensityDy),
        RandomTensor.Floats(Shape.K, Seed + 3));
}

/// <summary>The operands of a convolution's three passes, and what the reference makes of them.</summary>
internal sealed record ConvolutionData(ConvolutionShape Shape, float[] X, float[] W, float[] Dy, float[] Bias)
{
    public float[] ReferenceForward(bool withBias)
    {
        var y = new float[Shape.OutputLength];
        ReferenceConvolution.Forward(Shape, X, W, withBias ? Bias : [], y);
        return y;
    }

    public float[] ReferenceBackwardData()
    {
        var dx = new float[Shape.InputLength];
        ReferenceConvolution.BackwardData(Shape, Dy, W, dx);
        return dx;
    }

    public (float[] Dw, float[] Dbias) ReferenceBackwardWeights()
    {
        var (dw, dbias) = (new float[Shape.WeightLength], new float[Shape.K]);
        ReferenceConvolution.BackwardWeights(Shape, X, Dy, dw, dbias);
        return (dw, dbias);
    }

    /// <summary>The magnitudes of all operands: the reference of these bounds the rounding errors of the reference's sums.</summary>
    public ConvolutionData Magnitudes() => new(Shape, Absolute(X), Absolute(W), Absolute(Dy), Absolute(Bias));

    /// <summary>
    /// What fp32 may differ from the exact sum in any order, with or without fused multiply-add:
    /// <c>n·u / (1 − n·u) · Σ|a·b|</c> with u = 2⁻²⁴ (Higham, Accuracy and Stability of Numerical Algorithms, 3.1), and the reference's own rounding.
    /// </summary>
    /// <param name="terms">Products in one sum, n; one more is allowed for a bias.</param>
    /// <param name="magnitudes">Σ|a·b| for each element.</param>
    public static double[] Tolerance(long terms, float[] magnitudes)
    {
        var rounding = (terms + 3) * Math.Pow(2, -24);
        return Array.ConvertAll(magnitudes, sum => rounding / (1 - rounding) * sum);
    }

    private static float[] Absolute(float[] values) => Array.ConvertAll(values, Math.Abs);
}
