using SparseKernels.Bench.Commands;
using SparseKernels.Images;
using SparseKernels.Training.Layers;
using SparseKernels.Training.Layers.Convolutions;
using SparseKernels.Training.Layers.Pooling;
using SparseKernels.Training.Networks;
using SparseKernels.Training.Tensors;
using SparseKernels.Training.Tests.Support;
using Xunit;

namespace SparseKernels.Bench.Tests.Commands;

public sealed class FineTuneCommandTests
{
    [Fact]
    public void TakeNormalisedRgb_SameImageNormalised_GivesTheSameLogits()
    {
        const int Plane = 6 * 5, Classes = 4;
        Layer[] layers = [new Conv2d("conv", 3, Classes, 3), new AvgPool2d("pool")];
        using var network = new Network("small", new FeatureShape(3, 6, 5), layers, batch: 1, schedule: KernelSchedule.Dense);
        var rgb = Samples.Gaussian(3 * Plane, 1);
        float[] intensities = [.. rgb.Select((value, i) => 255 * value * PictureFolder.ImageNet.Deviation[i / Plane])];
        float[] bgr = [.. intensities[(2 * Plane)..], .. intensities[Plane..(2 * Plane)], .. intensities[..Plane]];
        var (expected, taken) = (new float[Classes], new float[Classes]);
        network.Predict(bgr, expected);

        FineTuneCommand.TakeNormalisedRgb(network);

        network.Predict(rgb, taken);
        for (var k = 0; k < Classes; k++) Assert.Equal(expected[k], taken[k], 1e-3f);
        Assert.Contains(expected, value => MathF.Abs(value) > 0.1f);
    }
}
