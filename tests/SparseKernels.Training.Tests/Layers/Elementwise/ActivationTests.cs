using SparseKernels.Training.Layers;
using SparseKernels.Training.Layers.Elementwise;
using SparseKernels.Training.Tensors;
using SparseKernels.Training.Tests.Support;
using Xunit;

namespace SparseKernels.Training.Tests.Layers.Elementwise;

public static class ActivationTests
{
    private static readonly FeatureShape s_input = new(19, 3, 5);

    private static readonly Dictionary<string, (Func<Layer> Make, Func<double, double> Definition)> s_activations = new()
    {
        ["leaky ReLU"] = (() => new LeakyRelu("f", 0.2f), x => x > 0 ? x : 0.2f * x),
        ["leaky ReLU, default"] = (() => new LeakyRelu("f"), x => x > 0 ? x : 0.01f * x),
        ["clip"] = (() => new Clip("f", -0.75f, 1.5f), x => Math.Min(Math.Max(x, -0.75), 1.5)),
        ["clip, default"] = (() => new Clip("f"), x => Math.Min(Math.Max(x, -1), 1)),
        ["ReLU6"] = (() => new Relu6("f"), x => Math.Min(Math.Max(x, 0), 6)),
        ["sigmoid"] = (() => new Sigmoid("f"), x => 1 / (1 + Math.Exp(-x))),
        ["hard sigmoid"] = (() => new HardSigmoid("f"), x => Math.Min(Math.Max(x + 3, 0), 6) / 6),
        ["hard swish"] = (() => new HardSwish("f"), x => x * Math.Min(Math.Max(x + 3, 0), 6) / 6),
        ["SiLU"] = (() => new Silu("f"), x => x / (1 + Math.Exp(-x))),
    };

    public static TheoryData<string> Names { get; } = new(s_activations.Keys);

    [Theory]
    [MemberData(nameof(Names))]
    public static void Forward_FromFarBelowToFarAbove_EqualsDefinition(string name)
    {
        using var probe = new LayerProbe(s_activations[name].Make(), s_input, batch: 2);
        var x = Samples.Gaussian(probe.InputLength).Select((value, i) => value * (i % 3 == 0 ? 40 : 3)).ToArray();
        var y = probe.Forward(x);
        for (var i = 0; i < x.Length; i++)
        {
            var expected = s_activations[name].Definition(x[i]);
            Assert.Equal(expected, y[i], Math.Abs(expected) * 5e-7 + 1e-37);
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public static void Backward_AwayFromKinks_MatchesDifferences(string name)
    {
        // Multiples of 0.09 and a half: none within a step of a kink.
        var x = Samples.Separated(2 * s_input.Length, 0.09f).Select(value => value / 3).ToArray();
        foreach (ref var value in x.AsSpan())
            foreach (var kink in (float[])[-3, -1, -0.75f, 0, 1, 1.5f, 3, 6])
                if (Math.Abs(value - kink) < 0.012f) value = kink + 0.014f;
        GradientCheck.Run(s_activations[name].Make(), s_input, batch: 2, x);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public static void Forward_NaN_StaysNaN(string name)
    {
        using var probe = new LayerProbe(s_activations[name].Make(), new FeatureShape(1, 1, 2), batch: 1);
        var y = probe.Forward([float.NaN, 0.5f]);
        Assert.True(float.IsNaN(y[0]));
        Assert.False(float.IsNaN(y[1]));
    }

    [Theory]
    [InlineData("sigmoid", 0, 1)]
    [InlineData("hard sigmoid", 0, 1)]
    [InlineData("ReLU6", 0, 6)]
    [InlineData("clip", -0.75f, 1.5f)]
    public static void Forward_Infinity_IsTheBoundAndItsGradientZero(string name, float low, float high)
    {
        using var probe = new LayerProbe(s_activations[name].Make(), new FeatureShape(1, 1, 2), batch: 1);
        Assert.Equal([low, high], probe.Forward([float.NegativeInfinity, float.PositiveInfinity]));
        Assert.Equal([0, 0], probe.Backward([1, 1]));
    }

    [Fact]
    public static void Clip_AtItsBounds_PassesNoGradient()
    {
        using var probe = new LayerProbe(new Clip("f", -1, 2), new FeatureShape(1, 1, 4), batch: 1);
        _ = probe.Forward([-1, 2, -0.5f, 1.5f]);
        Assert.Equal([0, 0, 1, 1], probe.Backward([1, 1, 1, 1]));
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 1)]
    [InlineData(float.NaN, 1)]
    [InlineData(0, float.NaN)]
    public static void Clip_HighestNotOverLowest_NamesTheArgument(float lowest, float highest) =>
        Assert.Throws<ArgumentOutOfRangeException>("highest", () => new Clip("f", lowest, highest));

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    public static void LeakyRelu_SlopeNotFinite_NamesTheArgument(float slope) =>
        Assert.Throws<ArgumentOutOfRangeException>("negativeSlope", () => new LeakyRelu("f", slope));
}
