using SparseKernels.Training.Layers.Convolutions;
using SparseKernels.Training.Tensors;
using SparseKernels.Training.Tests.Support;
using Xunit;

namespace SparseKernels.Training.Tests.Layers.Convolutions;

public class LinearTests
{
    [Fact]
    public void Forward_ImageInput_FlattensAsPyTorchDoes()
    {
        var input = new FeatureShape(18, 3, 2);
        var layer = new Linear("fc", input, 5);
        using var probe = new LayerProbe(layer, input, batch: 3);
        var x = Samples.Gaussian(probe.InputLength);
        var y = probe.Forward(x);
        var (w, bias) = (layer.Parameters[0], layer.Parameters[1]);
        Assert.Equal([5, input.Length], w.Shape);
        for (var n = 0; n < 3; n++)
        {
            for (var k = 0; k < 5; k++)
            {
                var sum = (double)bias.Value[k];
                for (var i = 0; i < input.Length; i++) sum += (double)x[(n * input.Length) + i] * w.Value[(k * input.Length) + i];
                Assert.Equal(sum, y[(n * 5) + k], 1e-5);
            }
        }
    }

    [Fact]
    public void Build_OtherInput_ThrowsNamingBoth()
    {
        var message = Assert.Throws<ArgumentException>(() => new LayerProbe(new Linear("fc9", new FeatureShape(4, 1, 1), 2), new FeatureShape(4, 2, 1), 1)).Message;
        Assert.Contains("fc9 takes [4, 1, 1]", message, StringComparison.Ordinal);
        Assert.Contains("[4, 2, 1]", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Parameters_Default_LieInPyTorchsBounds()
    {
        var layer = new Linear("fc", new FeatureShape(25, 2, 2), 300);
        using var probe = new LayerProbe(layer, new FeatureShape(25, 2, 2), batch: 1);
        foreach (var parameter in layer.Parameters)
        {
            // 1/√100 for weights and bias alike; a uniform distribution's deviation is its bound / √3.
            Assert.All(parameter.Value, v => Assert.InRange(v, -0.1f, 0.1f));
            var deviation = Math.Sqrt(parameter.Value.Average(v => (double)v * v));
            Assert.Equal(0.1 / Math.Sqrt(3), deviation, 0.006);
        }
    }
}
