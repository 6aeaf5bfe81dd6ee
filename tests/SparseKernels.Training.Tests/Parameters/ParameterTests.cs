using SparseKernels.Sparsity;
using SparseKernels.Training.Parameters;
using SparseKernels.Training.Randomness;
using Xunit;

namespace SparseKernels.Training.Tests.Parameters;

public class ParameterTests
{
    [Fact]
    public void Initialise_FanOutNormal_HasKaimingsDeviation()
    {
        var parameter = new Parameter("w", [64, 32, 3, 3], Initialisation.FanOutNormal(64 * 9));
        var random = new RandomSource(1);
        parameter.Initialise(ref random);
        var deviation = Math.Sqrt(2.0 / (64 * 9));
        Assert.Equal(0, parameter.Value.Average(v => (double)v), 4 * deviation / Math.Sqrt(parameter.Value.Length));
        Assert.Equal(1, Math.Sqrt(parameter.Value.Average(v => (double)v * v)) / deviation, 0.03);
        Assert.Contains(parameter.Value, v => Math.Abs(v) > 3 * deviation);
    }

    [Fact]
    public void Initialise_FanInUniform_FillsPyTorchsInterval()
    {
        var parameter = new Parameter("w", [100, 25], Initialisation.FanInUniform(25));
        var random = new RandomSource(1);
        parameter.Initialise(ref random);
        Assert.All(parameter.Value, v => Assert.InRange(v, -0.2f, 0.2f));
        Assert.Equal(0.2, parameter.Value.Max(), 0.002);
        Assert.Equal(-0.2, parameter.Value.Min(), 0.002);
    }

    [Theory]
    [InlineData(0f)]
    [InlineData(-1f)]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    public void Initialisation_WidthOutOfRange_IsNamed(float width)
    {
        Assert.Throws<ArgumentOutOfRangeException>("deviation", () => Initialisation.Normal(width));
        Assert.Throws<ArgumentOutOfRangeException>("bound", () => Initialisation.Uniform(width));
        Assert.Throws<ArgumentOutOfRangeException>("fanIn", () => Initialisation.FanInNormal(0));
    }

    [Fact]
    public void Initialise_Again_ClearsGradientAndMomentumAndCountsAsChange()
    {
        var parameter = new Parameter("w", [3], Initialisation.Constant(2));
        parameter.Gradient[0] = parameter.Momentum[1] = parameter.Value[2] = 5;
        var version = parameter.Version;
        var random = new RandomSource(1);
        parameter.Initialise(ref random);
        Assert.Equal([2, 2, 2], parameter.Value);
        Assert.Equal([0, 0, 0], parameter.Gradient);
        Assert.Equal([0, 0, 0], parameter.Momentum);
        Assert.NotEqual(version, parameter.Version);
    }

    [Fact]
    public void ToTensor_Values_AreTheParametersOwn()
    {
        var parameter = new Parameter("a.weight", [2, 3], Initialisation.Constant(0));
        var tensor = parameter.ToTensor();
        Assert.Equal("a.weight", tensor.Name);
        Assert.Equal([2, 3], tensor.Shape);
        Assert.Same(parameter.Value, tensor.Values);
    }

    [Fact]
    public void Constructor_BadShape_NamesItAndTheParameter()
    {
        foreach (var shape in new int[][] { [], [3, 0], [-1], [65536, 65536] })
        {
            var message = Assert.Throws<ArgumentException>("shape", () => new Parameter("w7", shape, Initialisation.Constant(0))).Message;
            Assert.Contains("w7", message, StringComparison.Ordinal);
            Assert.Contains($"[{string.Join(", ", shape)}]", message, StringComparison.Ordinal);
        }

        Assert.Throws<ArgumentOutOfRangeException>("fanIn", () => Initialisation.FanInUniform(0));
        Assert.Throws<ArgumentOutOfRangeException>("fanOut", () => Initialisation.FanOutNormal(0));
    }

    [Fact]
    public void MoveTo_CallersMemory_HoldsValuesGradientAndMask()
    {
        var parameter = new Parameter("w3", [2, 2], Initialisation.Constant(2));
        float[] values = [1, 2, 3, 4], gradient = [5, 6, 7, 8];
        var version = parameter.Version;
        parameter.MoveTo(values, gradient);
        Assert.NotEqual(version, parameter.Version);
        Assert.Equal(values, parameter.Values.ToArray());
        parameter.Mask = WeightPattern.FromWeights(new ConvolutionShape(1, 2, 1, 1, 2, 1, 1), [1, 0, 0, 1]);
        Assert.Equal([1, 0, 0, 4], values);
        Assert.Equal([5, 0, 0, 8], gradient);
        parameter.IsFrozen = true;
        Assert.Equal([0, 0, 0, 0], gradient);
        version = parameter.Version;
        parameter.MoveTo(values, default);
        Assert.Equal(version, parameter.Version);
        Assert.True(parameter.Gradients.IsEmpty);
    }

    [Fact]
    public void MoveTo_CallersMemory_LeavesNoArraysOfItsOwn()
    {
        var parameter = new Parameter("w3", [4], Initialisation.Constant(2));
        parameter.MoveTo(new float[4], new float[4]);
        Assert.Contains("w3", Assert.Throws<InvalidOperationException>(() => parameter.Value).Message, StringComparison.Ordinal);
        Assert.Throws<InvalidOperationException>(() => parameter.Gradient);
        Assert.Throws<InvalidOperationException>(() => parameter.Momentum);
        Assert.Throws<ArgumentException>("values", () => parameter.MoveTo(new float[3], default));
        Assert.Throws<ArgumentException>("gradient", () => parameter.MoveTo(new float[4], new float[5]));
    }
}
