using SparseKernels.TestSupport;

namespace SparseKernels.Tests.Support;

/// <summary>
/// One infinite or NaN element in an operand of finite ones. All products that it has a part in lie in results of their own, so three runs
/// of the reference say what every result may be: the sums without it, which results it reaches, and the sign it has there.
/// </summary>
internal sealed class NonFiniteCase
{
    private readonly ConvolutionData _without;
    private readonly ConvolutionData _reach;
    private readonly ConvolutionData _sign;
    private readonly Operand _operand;
    private readonly float _value;
    private readonly Dictionary<ConvolutionPass, Sums> _sums = [];

    /// <param name="finite">The operands.</param>
    /// <param name="operand">The one that gets the element.</param>
    /// <param name="index">Where.</param>
    /// <param name="value">Infinity or NaN.</param>
    public NonFiniteCase(ConvolutionData finite, Operand operand, int index, float value)
    {
        (_operand, _value) = (operand, value);
        Data = With(finite, operand, At(Of(finite, operand), index, value));
        _without = With(finite, operand, At(Of(finite, operand), index, 0));
        var unit = At(new float[Of(finite, operand).Length], index, 1);
        var ones = new ConvolutionData(finite.Shape, Ones(finite.X), Ones(finite.W), Ones(finite.Dy), new float[finite.Bias.Length]);
        _reach = With(ones, operand, unit);
        _sign = With(finite with { Bias = ones.Bias }, operand, unit);
    }

    /// <summary>The operands with the element.</summary>
    public ConvolutionData Data { get; }

    /// <summary>The elements at corners, edges and inside of an operand's planes, in its first channel and image or in its last.</summary>
    public static IEnumerable<int> Places(ConvolutionShape shape, Operand operand)
    {
        var (planes, h, w) = operand switch
        {
            Operand.Input => (shape.N * shape.C, shape.H, shape.W),
            Operand.Output => (shape.N * shape.K, shape.P, shape.Q),
            _ => (shape.K * shape.GroupC, shape.R, shape.S),
        };
        return (from row in (int[])[0, h / 2, h - 1]
                from column in (int[])[0, w / 2, w - 1]
                select ((row + column) % 2 == 0 ? 0 : planes - 1) * h * w + row * w + column).Distinct();
    }

    /// <summary>
    /// Holds a result to the rule: a zero in the other operand may be dropped or make NaN; what lies around an image is no product at all.
    /// </summary>
    /// <param name="pass">The pass, Forward with bias.</param>
    /// <param name="actual">Its result.</param>
    /// <param name="what">For messages.</param>
    /// <param name="mask">Zero where the result must be zero; null for nowhere.</param>
    public void Check(ConvolutionPass pass, float[] actual, string what, float[]? mask = null)
    {
        if (!_sums.TryGetValue(pass, out var sums)) sums = _sums[pass] = new(Run(pass, _without), Run(pass, _reach), Run(pass, _sign));
        var (without, reach, sign) = sums;
        var expected = new float[actual.Length];
        var reads = _operand != ResultOf(pass);
        for (var i = 0; i < actual.Length; i++)
        {
            expected[i] = reads && sign[i] != 0 ? without[i] + _value * sign[i] : without[i];
            if (reads && reach[i] != 0 && sign[i] == 0 && float.IsNaN(actual[i])) expected[i] = float.NaN;
            if (mask is not null && mask[i] == 0) expected[i] = 0;
        }

        Expect.Equal(expected, actual, what);
    }

    private static Operand ResultOf(ConvolutionPass pass) => pass switch
    {
        ConvolutionPass.Forward => Operand.Output,
        ConvolutionPass.BackwardData => Operand.Input,
        _ => Operand.Weight,
    };

    private static float[] Run(ConvolutionPass pass, ConvolutionData data) => pass switch
    {
        ConvolutionPass.Forward => data.ReferenceForward(withBias: true),
        ConvolutionPass.BackwardData => data.ReferenceBackwardData(),
        _ => data.ReferenceBackwardWeights().Dw,
    };

    private static float[] Of(ConvolutionData data, Operand operand) => operand switch
    {
        Operand.Input => data.X,
        Operand.Output => data.Dy,
        _ => data.W,
    };

    private static ConvolutionData With(ConvolutionData data, Operand operand, float[] values) => operand switch
    {
        Operand.Input => data with { X = values },
        Operand.Output => data with { Dy = values },
        _ => data with { W = values },
    };

    private static float[] At(float[] values, int index, float value)
    {
        float[] copy = [.. values];
        copy[index] = value;
        return copy;
    }

    private static float[] Ones(float[] like) => [.. Enumerable.Repeat(1f, like.Length)];

    /// <summary>What the reference gives without the element, for the element alone against ones, and against the other operand.</summary>
    private readonly record struct Sums(float[] Without, float[] Reach, float[] Sign);
}
