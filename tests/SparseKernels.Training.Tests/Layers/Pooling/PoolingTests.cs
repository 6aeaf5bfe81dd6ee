using SparseKernels.Training.Layers.Pooling;
using SparseKernels.Training.Tensors;
using SparseKernels.Training.Tests.Support;
using Xunit;

namespace SparseKernels.Training.Tests.Layers.Pooling;

public class PoolingTests
{
    private const int Batch = 2;
    private static readonly FeatureShape s_input = new(19, 9, 8);

    public static TheoryData<int, int, int, int, int> Windows => new()
    {
        { 2, 2, 2, 0, 0 },
        { 3, 3, 2, 1, 1 },
        { 3, 2, 1, 1, 0 },
        { 1, 4, 3, 0, 2 },
        { 5, 3, 4, 2, 1 },
    };

    [Theory]
    [MemberData(nameof(Windows))]
    public void MaxPool2d_AnyWindow_EqualsDefinition(int height, int width, int stride, int vertical, int horizontal)
    {
        var layer = new MaxPool2d("pool", new Size2D(height, width), stride, new Padding2D(vertical, vertical, horizontal, horizontal));
        using var probe = new LayerProbe(layer, s_input, Batch);

        // Few distinct values, so that ties happen all the time.
        var x = Samples.Gaussian(probe.InputLength).Select(v => MathF.Round(v)).ToArray();
        var dy = Samples.Gaussian(probe.OutputLength, seed: 4);
        var y = probe.Forward(x);
        var dx = probe.Backward(dy);

        var expectedGradient = new float[x.Length];
        ForEachWindow(probe.Output, height, width, stride, vertical, horizontal, (output, window) =>
        {
            var best = window[0];
            foreach (var i in window)
                if (x[i] > x[best]) best = i;
            Assert.Equal(x[best], y[output]);
            expectedGradient[best] += dy[output];
        });
        for (var i = 0; i < dx.Length; i++) Assert.Equal(expectedGradient[i], dx[i], 1e-5);
    }

    [Theory]
    [MemberData(nameof(Windows))]
    public void AvgPool2d_AnyWindow_EqualsDefinition(int height, int width, int stride, int vertical, int horizontal)
    {
        var layer = new AvgPool2d("pool", new Size2D(height, width), stride, new Padding2D(vertical, vertical, horizontal, horizontal));
        using var probe = new LayerProbe(layer, s_input, Batch);
        var x = Samples.Gaussian(probe.InputLength);
        var dy = Samples.Gaussian(probe.OutputLength, seed: 4);
        var y = probe.Forward(x);
        var dx = probe.Backward(dy);

        var expectedGradient = new float[x.Length];
        ForEachWindow(probe.Output, height, width, stride, vertical, horizontal, (output, window) =>
        {
            Assert.Equal(window.Sum(i => (double)x[i]) / (height * width), y[output], 1e-6);
            foreach (var i in window) expectedGradient[i] += dy[output] / (height * width);
        });
        for (var i = 0; i < dx.Length; i++) Assert.Equal(expectedGradient[i], dx[i], 1e-5);
    }

    [Fact]
    public void AvgPool2d_WholeImage_IsTheMean()
    {
        using var probe = new LayerProbe(new AvgPool2d("pool"), s_input, Batch);
        var x = Samples.Gaussian(probe.InputLength);
        var y = probe.Forward(x);
        Assert.Equal(new FeatureShape(s_input.Channels, 1, 1), probe.Output);
        for (var i = 0; i < y.Length; i++) Assert.Equal(x.AsSpan(i * 72, 72).ToArray().Average(v => (double)v), y[i], 1e-6);
    }

    [Fact]
    public void MaxPool2d_NaN_IsLargest()
    {
        using var probe = new LayerProbe(new MaxPool2d("pool", 2), new FeatureShape(1, 2, 2), batch: 1);
        Assert.True(float.IsNaN(probe.Forward([1, float.NaN, 3, 2])[0]));
        Assert.Equal([0, 5, 0, 0], probe.Backward([5]));
    }

    [Fact]
    public void MaxPool2d_OnlyMinusInfinity_KeepsIt()
    {
        using var probe = new LayerProbe(new MaxPool2d("pool", 2), new FeatureShape(1, 2, 2), batch: 1);
        var low = float.NegativeInfinity;
        Assert.Equal([low], probe.Forward([low, low, low, low]));
        Assert.Equal([5, 0, 0, 0], probe.Backward([5]));
    }

    [Theory]
    [InlineData(0, 1, 0, "size")]
    [InlineData(17, 1, 0, "size")]
    [InlineData(2, 0, 0, "stride")]
    [InlineData(2, 1, 2, "padding")]
    [InlineData(2, 1, -1, "padding")]
    public void MaxPool2d_OutOfRange_NamesTheArgument(int size, int stride, int padding, string argument) =>
        Assert.Throws<ArgumentOutOfRangeException>(argument, () => new MaxPool2d("pool", size, stride, padding));

    [Fact]
    public void MaxPool2d_WindowOverImage_ThrowsNamingBoth()
    {
        var message = Assert.Throws<ArgumentException>(() => new LayerProbe(new MaxPool2d("pool3", 10), s_input, Batch)).Message;
        Assert.Contains("pool3", message, StringComparison.Ordinal);
        Assert.Contains("10x10", message, StringComparison.Ordinal);
        Assert.Contains("9x8", message, StringComparison.Ordinal);
    }

    [Fact]
    public void AvgPool2d_StrideWithoutSize_Throws() =>
        Assert.Throws<ArgumentException>(() => new AvgPool2d("pool", size: null, stride: 2));

    [Theory]
    [InlineData(5, 2, 2, 0, 0, false, 2)]
    [InlineData(5, 2, 2, 0, 0, true, 3)]
    [InlineData(6, 2, 2, 0, 0, true, 3)]
    [InlineData(4, 3, 2, 1, 0, true, 2)]
    [InlineData(4, 3, 2, 1, 1, true, 3)]
    [InlineData(1, 2, 4, 1, 1, true, 1)]
    [InlineData(3, 1, 5, 0, 0, true, 1)]
    public void Output_CeilMode_HasNoWindowThatBeginsBehindTheImage(int size, int taps, int stride, int before, int after, bool ceil, int outputs)
    {
        var padding = new Padding2D(before, after, 0, 0);
        var input = new FeatureShape(1, size, 1);
        using var largest = new LayerProbe(new MaxPool2d("pool", new Size2D(taps, 1), stride, padding, ceilMode: ceil), input, batch: 1);
        using var mean = new LayerProbe(new AvgPool2d("pool", new Size2D(taps, 1), stride, padding, ceilMode: ceil), input, batch: 1);
        Assert.Equal((outputs, outputs), (largest.Output.Height, mean.Output.Height));
    }

    [Theory]
    [InlineData(true, 1, 5)]
    [InlineData(false, 1.5f, 5)]
    public void AvgPool2d_PaddingAndCeilMode_CountsPaddingIfToldButNothingBehind(bool counts, float first, float second)
    {
        // 0 before the image, nothing behind it: (0 1 2) and (4 6 and no more).
        using var probe = new LayerProbe(
            new AvgPool2d("pool", 3, new Size2D(1, 3), new Padding2D(1, 1, 1, 0), ceilMode: true, counts), new FeatureShape(1, 1, 4), batch: 1);
        var y = probe.Forward([1, 2, 4, 6]);
        Assert.Equal(2, y.Length);
        var rows = counts ? 3 : 1;
        Assert.Equal(first / rows, y[0], 1e-6f);
        Assert.Equal(second / rows, y[1], 1e-6f);
    }

    [Fact]
    public void AdaptiveAvgPool2d_PartsThatOverlap_AreThoseOfFloorAndCeiling()
    {
        using var probe = new LayerProbe(new AdaptiveAvgPool2d("pool", new Size2D(1, 3)), new FeatureShape(1, 1, 5), batch: 1);
        Assert.Equal([1.5f, 3, 4.5f], probe.Forward([1, 2, 3, 4, 5]));
        Assert.Equal([3, 3 + 2, 2, 2 + 6, 6], probe.Backward([6, 6, 12]));
    }

    [Fact]
    public void MaxPool2d_DilatedWindowBesideAllPixels_Throws()
    {
        var layer = new MaxPool2d("pool", new Size2D(2, 1), 1, new Padding2D(1, 1, 0, 0), dilation: 3);
        var message = Assert.Throws<ArgumentException>(() => new LayerProbe(layer, new FeatureShape(1, 2, 1), batch: 1)).Message;
        Assert.Contains("meet the image", message, StringComparison.Ordinal);
    }

    [Fact]
    public void MaxPool2d_DilationUnder1_NamesTheArgument() =>
        Assert.Throws<ArgumentOutOfRangeException>("dilation", () => new MaxPool2d("pool", 2, dilation: new Size2D(1, 0)));

    [Fact]
    public void AdaptiveAvgPool2d_OutputUnder1_NamesTheArgument() =>
        Assert.Throws<ArgumentOutOfRangeException>("output", () => new AdaptiveAvgPool2d("pool", new Size2D(0, 1)));

    private static void ForEachWindow(
        FeatureShape output, int height, int width, int stride, int vertical, int horizontal, Action<int, int[]> check)
    {
        Assert.Equal(((s_input.Height + (2 * vertical) - height) / stride) + 1, output.Height);
        Assert.Equal(((s_input.Width + (2 * horizontal) - width) / stride) + 1, output.Width);
        for (var i = 0; i < Batch * output.Length; i++)
        {
            var (plane, p, q) = (i / output.Width / output.Height, i / output.Width % output.Height, i % output.Width);
            var window = new List<int>();
            for (var h = (p * stride) - vertical; h < (p * stride) - vertical + height; h++)
                for (var w = (q * stride) - horizontal; w < (q * stride) - horizontal + width; w++)
                    if (h >= 0 && h < s_input.Height && w >= 0 && w < s_input.Width)
                        window.Add((((plane * s_input.Height) + h) * s_input.Width) + w);
            check(i, [.. window]);
        }
    }
}
