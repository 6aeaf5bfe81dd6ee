using SparseKernels.Training.Layers.GroupNormalisation;
using SparseKernels.Training.Tensors;
using SparseKernels.Training.Tests.Support;
using Xunit;

namespace SparseKernels.Training.Tests.Layers.GroupNormalisation;

public static class GroupNormTests
{
    private const int Batch = 3;

    [Theory]
    [InlineData(1, BlockedLayout.ChannelBlocked)]
    [InlineData(2, BlockedLayout.ChannelBlocked)]
    [InlineData(6, BlockedLayout.BatchBlocked)]
    [InlineData(18, BlockedLayout.BatchBlocked)]
    public static void Forward_FarFromZero_HasMeanZeroAndVarianceOneInEachGroup(int groups, BlockedLayout layout)
    {
        var input = new FeatureShape(18, 5, 7);
        using var probe = new LayerProbe(new GroupNorm("gn", groups, 18), input, Batch, layout: layout);
        var y = probe.Forward([.. Samples.Gaussian(probe.InputLength).Select(value => 500 + value)]);
        var length = input.Length / groups;
        for (var group = 0; group < Batch * groups; group++)
        {
            var part = y.AsSpan(group * length, length).ToArray();
            var mean = part.Average(value => (double)value);
            Assert.Equal(0, mean, 1e-4);
            Assert.Equal(1, part.Average(value => (value - mean) * (value - mean)), 1e-3);
        }
    }

    [Fact]
    public static void Forward_EqualValues_IsTheBias()
    {
        var layer = new GroupNorm("gn", 2, 4);
        using var probe = new LayerProbe(layer, new FeatureShape(4, 2, 2), batch: 1);
        for (var c = 0; c < 4; c++) layer.Parameters[1].Value[c] = c;
        layer.Parameters[1].Touch();
        Assert.Equal([0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3], probe.Forward([.. Enumerable.Repeat(7f, 16)]));
    }

    [Fact]
    public static void Forward_NaN_SpoilsItsGroupAlone()
    {
        using var probe = new LayerProbe(new GroupNorm("gn", 2, 4), new FeatureShape(4, 1, 2), batch: 1);
        var y = probe.Forward([1, float.NaN, 3, 4, 1, 2, 3, 4]);
        Assert.All(y[..4], value => Assert.True(float.IsNaN(value)));
        Assert.All(y[4..], value => Assert.True(float.IsFinite(value)));
    }

    [Fact]
    public static void Parameters_AffineOrNot_AreNamedAsPyTorchHasThem()
    {
        Assert.Equal(["gn.weight", "gn.bias"], new GroupNorm("gn", 2, 4).Parameters.Select(parameter => parameter.Name));
        Assert.Empty(new GroupNorm("gn", 2, 4, affine: false).Parameters);
    }

    [Theory]
    [InlineData(0, 4, 1e-5f, "groups")]
    [InlineData(1, 0, 1e-5f, "channels")]
    [InlineData(2, 4, 0, "epsilon")]
    [InlineData(2, 4, float.NaN, "epsilon")]
    public static void Constructor_OutOfRange_NamesTheArgument(int groups, int channels, float epsilon, string argument) =>
        Assert.Throws<ArgumentOutOfRangeException>(argument, () => new GroupNorm("gn", groups, channels, epsilon));

    [Fact]
    public static void Constructor_GroupsThatDivideNot_NamesThem() => Assert.Throws<ArgumentException>("groups", () => new GroupNorm("gn", 3, 4));

    [Fact]
    public static void Build_OtherChannels_SaysBoth()
    {
        var message = Assert.Throws<ArgumentException>(() => new LayerProbe(new GroupNorm("gn", 2, 4), new FeatureShape(6, 1, 1), Batch)).Message;
        Assert.Contains("takes 4 channels", message, StringComparison.Ordinal);
        Assert.Contains("[6, 1, 1]", message, StringComparison.Ordinal);
    }
}
