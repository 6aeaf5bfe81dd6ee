using SparseKernels.Tensors;
using SparseKernels.Training.Layers;
using SparseKernels.Training.Tensors;
using SparseKernels.Training.Tests.Support;
using Xunit;

namespace SparseKernels.Training.Tests.Layers;

/// <summary>Layers that users derive.</summary>
public static class CustomLayerTests
{
    [Theory]
    [InlineData(1, 6, BlockedLayout.ChannelBlocked)]
    [InlineData(3, 18, BlockedLayout.ChannelBlocked)]
    [InlineData(3, 18, BlockedLayout.BatchBlocked)]
    public static void GroupNorm_EitherLayout_MatchesDifferences(int groups, int channels, BlockedLayout layout)
    {
        var input = new FeatureShape(channels, 4, 3);
        GradientCheck.Run(new OwnGroupNorm("gn", groups, channels), input, 3, Samples.Gaussian(3 * input.Length), layout: layout);
    }

    [Fact]
    public static void Forward_WritesEmptyLanes_AreClearedBehindIt()
    {
        // LayerProbe throws where an empty lane holds something, and the shift writes to all lanes.
        var input = new FeatureShape(5, 2, 3);
        foreach (var layout in TrainingLayouts.All)
        {
            using var probe = new LayerProbe(new Shift("shift"), input, batch: 3, layout: layout);
            var x = Samples.Gaussian(probe.InputLength);
            Assert.Equal(x.Select(value => value + 1), probe.Forward(x));
            Assert.Equal(x.Select(value => value + 2), probe.Backward(x));
        }
    }

    [Fact]
    public static void Backward_AfterInference_NamesTheLayer()
    {
        using var probe = new LayerProbe(new Shift("shift"), new FeatureShape(5, 2, 3), batch: 3);
        probe.Forward(Samples.Gaussian(probe.InputLength), training: false);
        Assert.Contains(
            "shift", Assert.Throws<InvalidOperationException>(() => probe.Backward(Samples.Gaussian(probe.OutputLength))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public static void Planes_EveryLane_HasItsImageAndChannel()
    {
        foreach (var layout in TrainingLayouts.All)
        {
            using var tensor = new BlockedTensor(18, 19, 2, 3, layout);
            tensor.CopyFromNchw([.. Enumerable.Range(0, 18 * 19).SelectMany(i => Enumerable.Repeat(i + 1f, 6))]);
            var planes = new FeaturePlanes(tensor);
            var kept = new float[18 * 19];
            for (var plane = 0; plane < planes.Count; plane++)
            {
                for (var lane = 0; lane < FeaturePlanes.Lanes; lane++)
                {
                    var (image, channel) = (planes.ImageOf(plane, lane), planes.ChannelOf(plane, lane));
                    Assert.Equal(image < 0 ? 0 : (image * 19) + channel + 1, planes.Row(plane, 1)[lane]);
                    Assert.Equal(channel < 0 ? 0 : channel, planes.PerChannel(plane, [.. Enumerable.Range(0, 19)])[lane]);
                }

                planes.Keep(plane, planes.Pixel(plane, 1, 2), kept);
                Assert.Equal(planes.Pixel(plane, 0, 0), planes.PerImage(plane, kept));
            }

            Assert.Equal(Enumerable.Range(0, 18 * 19).Select(i => i + 1f), kept);
        }
    }

    private sealed class Shift(string name) : CustomLayer(name)
    {
        protected override void Forward(bool training) => ForEachPlane(X, this, static (layer, plane) => Add(layer.X, layer.Y, plane, 1));

        protected override void Backward() => ForEachPlane(Dy, this, static (layer, plane) => Add(layer.Dy, layer.Dx, plane, 2));

        private static void Add(FeaturePlanes from, FeaturePlanes to, int plane, float summand)
        {
            for (var h = 0; h < from.Height; h++)
            {
                for (var i = 0; i < from.Row(plane, h).Length; i++) to.Row(plane, h)[i] = from.Row(plane, h)[i] + summand;
            }
        }
    }
}
