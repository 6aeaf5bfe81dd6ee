using SparseKernels.Training.Layers.Elementwise;
using SparseKernels.Training.Tensors;
using SparseKernels.Training.Tests.Support;
using Xunit;

namespace SparseKernels.Training.Tests.Layers.Elementwise;

public class DropoutTests
{
    private static readonly FeatureShape s_input = new(40, 16, 16);

    [Theory]
    [InlineData(0f)]
    [InlineData(0.2f)]
    [InlineData(0.5f)]
    [InlineData(0.9f)]
    public void Forward_Training_DropsTheShareAndScalesTheRest(float probability)
    {
        using var probe = new LayerProbe(new Dropout("dropout", probability), s_input, batch: 4);
        var x = Samples.Separated(probe.InputLength);
        var y = probe.Forward(x);
        var dropped = 0;
        for (var i = 0; i < y.Length; i++)
        {
            if (y[i] == 0) dropped++;
            else Assert.Equal(x[i] / (1 - probability), y[i], Math.Abs(x[i]) * 1e-5);
        }

        // Five standard deviations of a binomial count.
        var deviation = Math.Sqrt(y.Length * probability * (1 - probability));
        Assert.InRange(dropped, (y.Length * probability) - (5 * deviation), (y.Length * probability) + (5 * deviation));
    }

    [Fact]
    public void Backward_UsesTheMaskOfForward()
    {
        using var probe = new LayerProbe(new Dropout("dropout"), s_input, batch: 1);
        var y = probe.Forward(Samples.Separated(probe.InputLength));
        var dx = probe.Backward(Enumerable.Repeat(3f, probe.OutputLength).ToArray());
        for (var i = 0; i < y.Length; i++) Assert.Equal(y[i] == 0 ? 0 : 6, dx[i]);
    }

    [Fact]
    public void Forward_StepAndSeed_DecideTheMask()
    {
        var x = Samples.Separated(s_input.Length);
        Assert.Equal(Run(1, 5), Run(1, 5));
        Assert.NotEqual(Run(1, 5), Run(1, 6));
        Assert.NotEqual(Run(1, 5), Run(2, 5));

        float[] Run(ulong seed, long step)
        {
            using var probe = new LayerProbe(new Dropout("dropout"), s_input, batch: 1, seed) { Step = step };
            return probe.Forward(x);
        }
    }

    [Fact]
    public void Forward_Inference_ChangesNothing()
    {
        using var probe = new LayerProbe(new Dropout("dropout"), s_input, batch: 1);
        var x = Samples.Gaussian(probe.InputLength);
        Assert.Equal(x, probe.Forward(x, training: false));
    }

    [Theory]
    [InlineData(-0.1f)]
    [InlineData(1f)]
    [InlineData(float.NaN)]
    public void Constructor_OutOfRange_NamesTheArgument(float probability) =>
        Assert.Throws<ArgumentOutOfRangeException>("probability", () => new Dropout("dropout", probability));
}
