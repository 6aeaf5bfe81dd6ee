using SparseKernels.Bench.Sparsity;

namespace SparseKernels.Bench.Measuring;

/// <summary>The same random operands for every implementation of one layer: uniform in [−1, 1), by seed.</summary>
internal sealed class ConvolutionData
{
    /// <summary>Draws the operands.</summary>
    /// <param name="shape">The sizes.</param>
    /// <param name="seed">The same seed gives the same numbers.</param>
    public ConvolutionData(ConvolutionShape shape, int seed = 1)
    {
        Shape = shape;
        var random = new Random(seed);
        X = Draw(random, shape.InputLength);
        W = Draw(random, shape.WeightLength);
        Dy = Draw(random, shape.OutputLength);
    }

    private ConvolutionData(ConvolutionShape shape, float[] x, float[] w, float[] dy) => (Shape, X, W, Dy) = (shape, x, w, dy);

    /// <summary>The sizes.</summary>
    public ConvolutionShape Shape { get; }

    /// <summary><c>[N, C, H, W]</c>.</summary>
    public float[] X { get; }

    /// <summary><c>[K, C/Groups, R, S]</c>.</summary>
    public float[] W { get; }

    /// <summary><c>[N, K, P, Q]</c>.</summary>
    public float[] Dy { get; }

    /// <summary>The same operands with zeros where patterns have them, and none elsewhere.</summary>
    /// <param name="patterns">The zeros of x, w and dy.</param>
    public ConvolutionData WithZeros(OperandPatterns patterns) =>
        new(Shape, Masked(X, patterns.Input), Masked(W, patterns.Weight), Masked(Dy, patterns.Output));

    /// <summary>Elements of a pass's result.</summary>
    public int ResultLength(ConvolutionPass pass) => pass switch
    {
        ConvolutionPass.Forward => Shape.OutputLength,
        ConvolutionPass.BackwardData => Shape.InputLength,
        _ => Shape.WeightLength,
    };

    /// <summary>Products that one element of a pass's result sums, at most.</summary>
    public long TermsPerResult(ConvolutionPass pass) => pass switch
    {
        ConvolutionPass.Forward => (long)Shape.GroupC * Shape.R * Shape.S,
        ConvolutionPass.BackwardData => (long)Shape.GroupK * Shape.R * Shape.S,
        _ => (long)Shape.N * Shape.P * Shape.Q,
    };

    private static float[] Masked(float[] values, bool[]? live)
    {
        // A zero that the generator drew by chance would be one more than the pattern has.
        const float Stand = 0.5f;
        var masked = new float[values.Length];
        for (var i = 0; i < values.Length; i++)
        {
            if (live is null || live[i]) masked[i] = values[i] == 0 ? Stand : values[i];
        }

        return masked;
    }

    private static float[] Draw(Random random, int length)
    {
        var values = new float[length];
        foreach (ref var value in values.AsSpan()) value = 2 * random.NextSingle() - 1;
        return values;
    }
}
