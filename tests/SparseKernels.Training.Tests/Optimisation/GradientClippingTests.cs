using SparseKernels.Training.Optimisation;
using SparseKernels.Training.Parameters;
using SparseKernels.Training.Tests.Support;
using Xunit;

namespace SparseKernels.Training.Tests.Optimisation;

public class GradientClippingTests
{
    [Theory]
    [InlineData(1f)]
    [InlineData(1e6f)]
    public void Step_ByNorm_ScalesAllGradientsTogether(float norm)
    {
        Parameter[] parameters = [Make("a", 40_001), Make("b", 7)];
        var before = parameters.Select(parameter => parameter.Gradient.ToArray()).ToArray();
        var expected = Math.Sqrt(before.Sum(gradient => gradient.Sum(g => (double)g * g)));
        var factor = Math.Min(1, norm / (expected + 1e-6));
        var clipping = new GradientClipping(new Sgd(parameters, momentum: 0, threads: 2), parameters, norm, threads: 2);
        clipping.Step(0.5f);
        Assert.Equal(expected, clipping.Norm, expected * 1e-12);
        for (var p = 0; p < 2; p++)
        {
            for (var i = 0; i < before[p].Length; i++)
            {
                Assert.Equal(before[p][i] * factor, parameters[p].Gradient[i], 1e-7);
                Assert.Equal(-0.5 * before[p][i] * factor, parameters[p].Value[i], 1e-6);
            }
        }
    }

    [Fact]
    public void Step_ByValue_ClampsEachBeforeTheNorm()
    {
        var parameter = Make("a", 1003);
        var before = parameter.Gradient.ToArray();
        var clipping = new GradientClipping(new Sgd([parameter], threads: 1), [parameter], norm: 1e6f, value: 0.3f, threads: 1);
        clipping.Step(0);
        Assert.Equal(before.Select(g => Math.Clamp(g, -0.3f, 0.3f)), parameter.Gradient);
        Assert.Equal(Math.Sqrt(parameter.Gradient.Sum(g => (double)g * g)), clipping.Norm, 1e-9);
    }

    [Fact]
    public void Step_WholeGradientsOfAMaskedParameter_CountsThoseThatTrain()
    {
        var parameter = new Parameter("w", [2, 2, 1, 1], Initialisation.Constant(1)) { WantsWholeGradient = true };
        parameter.Mask = SmallNetwork.MaskOf(parameter, [true, false, true, false]);
        float[] gradient = [3, 100, 4, 100];
        gradient.CopyTo(parameter.Gradient, 0);
        var clipping = new GradientClipping(new Sgd([parameter], threads: 1), [parameter], norm: 50, threads: 1);
        clipping.Step(0);
        Assert.Equal(5, clipping.Norm, 1e-12);
        Assert.Equal(gradient, parameter.Gradient);
    }

    [Fact]
    public void Constructor_BadArguments_AreNamed()
    {
        var sgd = new Sgd([]);
        Assert.Throws<ArgumentNullException>("inner", () => new GradientClipping(null!, []));
        Assert.Throws<ArgumentNullException>("parameters", () => new GradientClipping(sgd, null!));
        Assert.Throws<ArgumentOutOfRangeException>("norm", () => new GradientClipping(sgd, [], norm: 0));
        Assert.Throws<ArgumentOutOfRangeException>("value", () => new GradientClipping(sgd, [], value: float.PositiveInfinity));
        Assert.Throws<ArgumentOutOfRangeException>("threads", () => new GradientClipping(sgd, [], threads: 0));
    }

    private static Parameter Make(string name, int length)
    {
        var parameter = new Parameter(name, [length], Initialisation.Constant(0));
        Samples.Gaussian(length).CopyTo(parameter.Gradient, 0);
        return parameter;
    }
}
