using SparseKernels.Training.Layers.Convolutions;
using SparseKernels.Training.Tensors;
using SparseKernels.Training.Tests.Support;
using Xunit;

namespace SparseKernels.Training.Tests.Layers.Convolutions;

public static class ConvTranspose2dTests
{
    private const int Batch = 2;

    [Theory]
    [InlineData(1, 0, 0, 1, 1)]
    [InlineData(2, 1, 1, 1, 1)]
    [InlineData(3, 0, 2, 2, 3)]
    public static void Forward_AnyGeometry_EqualsTheScatteredSum(int stride, int padding, int outputPadding, int dilation, int groups)
    {
        const int Inputs = 18, Outputs = 21, R = 3, S = 2;
        var input = new FeatureShape(Inputs, 4, 5);
        var layer = new ConvTranspose2d("conv", Inputs, Outputs, new Size2D(R, S), stride, padding, outputPadding, dilation, groups);
        using var probe = new LayerProbe(layer, input, Batch);
        var (weight, bias) = (layer.Parameters[0], layer.Parameters[1]);
        Assert.Equal(("conv.weight", "conv.bias"), (weight.Name, bias.Name));
        Assert.Equal([Inputs, Outputs / groups, R, S], weight.Shape);
        var output = probe.Output;
        Assert.Equal(((input.Height - 1) * stride) - (2 * padding) + (dilation * (R - 1)) + outputPadding + 1, output.Height);

        // Small whole numbers: every order of the sums gives the same.
        foreach (var parameter in layer.Parameters)
        {
            for (var i = 0; i < parameter.Value.Length; i++) parameter.Value[i] = (i * 7 % 5) - 2;
            parameter.Touch();
        }

        var x = Enumerable.Range(0, probe.InputLength).Select(i => (float)((i * 11 % 7) - 3)).ToArray();
        var expected = new float[probe.OutputLength];
        for (var i = 0; i < expected.Length; i++) expected[i] = bias.Value[i / (output.Height * output.Width) % Outputs];
        for (var i = 0; i < x.Length; i++)
        {
            var (n, c, h, w) = (i / input.Length, i / 20 % Inputs, i / 5 % 4, i % 5);
            for (var j = 0; j < Outputs / groups * R * S; j++)
            {
                var (k, r, s) = ((c / (Inputs / groups) * (Outputs / groups)) + (j / (R * S)), j / S % R, j % S);
                var (p, q) = ((h * stride) + (r * dilation) - padding, (w * stride) + (s * dilation) - padding);
                if (p < 0 || p >= output.Height || q < 0 || q >= output.Width) continue;
                expected[(((((n * Outputs) + k) * output.Height) + p) * output.Width) + q] += x[i] * weight.Value[(c * (Outputs / groups) * R * S) + j];
            }
        }

        Assert.Equal(expected, probe.Forward(x));
    }

    [Fact]
    public static void Backward_MaskedWeights_HaveNoGradientAndOthersTheirs()
    {
        var input = new FeatureShape(5, 4, 5);
        var (masked, whole) = (new ConvTranspose2d("conv", 5, 17, 3, 2), new ConvTranspose2d("conv", 5, 17, 3, 2));
        using var probe = new LayerProbe(masked, input, Batch);
        using var other = new LayerProbe(whole, input, Batch);
        var weight = masked.Parameters[0];
        var keep = Enumerable.Range(0, weight.Value.Length).Select(i => i % 3 == 0).ToArray();
        weight.Mask = SmallNetwork.MaskOf(weight, keep);
        weight.Value.CopyTo(whole.Parameters[0].Value, 0);
        whole.Parameters[0].Touch();
        var (x, dy) = (Samples.Gaussian(probe.InputLength), Samples.Gaussian(probe.OutputLength, seed: 4));
        var (y, expected) = (probe.Forward(x), other.Forward(x));
        var (dx, expectedGradient) = (probe.Backward(dy), other.Backward(dy));
        for (var i = 0; i < y.Length; i++) Assert.Equal(expected[i], y[i], 1e-4f);
        for (var i = 0; i < dx.Length; i++) Assert.Equal(expectedGradient[i], dx[i], 1e-4f);
        for (var i = 0; i < keep.Length; i++) Assert.Equal(keep[i] ? whole.Parameters[0].Gradient[i] : 0, weight.Gradient[i], 1e-3f);
    }

    [Theory]
    [InlineData(0, 1, 3, 1, 0, 0, 1, 1, "inputs")]
    [InlineData(1, 0, 3, 1, 0, 0, 1, 1, "outputs")]
    [InlineData(1, 1, 0, 1, 0, 0, 1, 1, "kernel")]
    [InlineData(1, 1, 3, 0, 0, 0, 1, 1, "stride")]
    [InlineData(1, 1, 3, 1, -1, 0, 1, 1, "padding")]
    [InlineData(1, 1, 3, 2, 0, 2, 1, 1, "outputPadding")]
    [InlineData(1, 1, 3, 2, 0, -1, 1, 1, "outputPadding")]
    [InlineData(1, 1, 3, 1, 0, 0, 0, 1, "dilation")]
    [InlineData(1, 1, 3, 1, 0, 0, 1, 0, "groups")]
    public static void Constructor_OutOfRange_NamesTheArgument(
        int inputs, int outputs, int kernel, int stride, int padding, int outputPadding, int dilation, int groups, string argument) =>
        Assert.Throws<ArgumentOutOfRangeException>(
            argument, () => new ConvTranspose2d("conv", inputs, outputs, kernel, stride, padding, outputPadding, dilation, groups));

    [Fact]
    public static void Constructor_GroupsThatDivideNot_NamesThem() =>
        Assert.Throws<ArgumentException>("groups", () => new ConvTranspose2d("conv", 4, 6, 3, groups: 4));

    [Theory]
    [InlineData(5, 4, "takes 6 channels")]
    [InlineData(6, 1, "makes -1x")]
    public static void Build_ThatFitsNot_SaysWhat(int channels, int height, string expected)
    {
        var layer = new ConvTranspose2d("conv", 6, 2, 1, padding: 1);
        var message = Assert.Throws<ArgumentException>(() => new LayerProbe(layer, new FeatureShape(channels, height, 4), Batch)).Message;
        Assert.Contains(expected, message, StringComparison.Ordinal);
    }
}
