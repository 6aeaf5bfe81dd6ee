using SparseKernels.TestSupport;
using SparseKernels.Training.Layers;
using SparseKernels.Training.Tests.Support;
using Xunit;

namespace SparseKernels.Training.Tests.Layers;

[Collection(SoloCollection.Name)]
public class NonZeroCounterTests
{
    private const int Batch = 3;
    private static readonly FeatureShape s_input = new(19, 6, 7);

    [Theory]
    [InlineData("relu")]
    [InlineData("normalise")]
    [InlineData("normalise-relu")]
    [InlineData("normalise-relu-pool")]
    [InlineData("pool")]
    public void Forward_WithAMask_WritesTheOutputsNonZerosAndTheSameOutput(string kind)
    {
        var layer = Make(kind);
        using var probe = new LayerProbe(layer, s_input, Batch);
        using var plain = new LayerProbe(Make(kind), s_input, Batch);
        foreach (var training in new[] { true, false })
        {
            var x = Data(probe.InputLength);
            var (mask, expected) = (Mask(probe.Output), Mask(probe.Output));
            mask.Words.Fill(0xFFFF);
            ((INonZeroCounter)layer).NonZeros = mask;

            var y = probe.Forward(x, training);

            Assert.Equal(plain.Forward(x, training), y);
            expected.Update(y);
            Assert.Equal(expected.Words, mask.Words);
            Assert.InRange(mask.Density, 0.1, kind == "normalise" ? 1 : 0.99);
        }
    }

    [Fact]
    public void Forward_WithAMaskAndAnAddend_WritesTheSumsNonZeros()
    {
        var layer = new BatchNorm2d("bn", s_input.Channels, relu: true);
        using var workspace = new Workspace(Batch, ComputeTopology.FromThreads(2), 1);
        layer.Build(s_input, workspace);
        layer.Parameters[0].Value.AsSpan().Fill(1);
        using BlockedTensor x = Tensor(Data(Batch * s_input.Length)), addend = Tensor(Samples.Gaussian(Batch * s_input.Length, seed: 5));
        var (mask, expected) = (Mask(s_input), Mask(s_input));
        ((INonZeroCounter)layer).NonZeros = mask;

        expected.Update(layer.Forward(x, addend, training: true));

        Assert.Equal(expected.Words, mask.Words);
        Assert.InRange(mask.Density, 0.1, 0.9);
        layer.Dispose();
    }

    [Theory]
    [InlineData("relu")]
    [InlineData("normalise-relu")]
    [InlineData("normalise-relu-pool")]
    [InlineData("pool")]
    public void Forward_MaskOfOtherSizes_ThrowsNamingBothBeforeWriting(string kind)
    {
        var layer = Make(kind);
        using var probe = new LayerProbe(layer, s_input, Batch);
        var mask = new FineMask(Batch, 19, 6, 8);
        ((INonZeroCounter)layer).NonZeros = mask;

        var message = Assert.Throws<InvalidOperationException>(() => probe.Forward(Data(probe.InputLength))).Message;

        Assert.Contains($"[{Batch}, {probe.Output.Channels}, {probe.Output.Height}, {probe.Output.Width}]", message, StringComparison.Ordinal);
        Assert.Contains("[3, 19, 6, 8]", message, StringComparison.Ordinal);
        Assert.Equal(0, mask.Count);
    }

    [Theory]
    [InlineData("relu")]
    [InlineData("normalise-relu")]
    [InlineData("normalise-relu-pool")]
    [InlineData("pool")]
    public void Forward_WithAMask_AllocatesNothing(string kind)
    {
        var layer = Make(kind);
        using var workspace = new Workspace(Batch, ComputeTopology.FromThreads(2), 1);
        ((INonZeroCounter)layer).NonZeros = Mask(layer.Build(s_input, workspace));
        using var x = Tensor(Data(Batch * s_input.Length));

        Assert.Equal(0, Allocations.Least(() => layer.Forward(x, training: true)));
        layer.Dispose();
    }

    private static Layer Make(string kind) => kind switch
    {
        "relu" => new Relu("relu"),
        "normalise" => new BatchNorm2d("bn", s_input.Channels),
        "normalise-relu" => new BatchNorm2d("bn", s_input.Channels, relu: true),
        "normalise-relu-pool" => new PooledBatchNorm2d("bn", s_input.Channels),
        _ => new MaxPool2d("pool", 2),
    };

    /// <summary>Whole windows of zeros, −0 too, so that a pooling of them has zeros without a ReLU.</summary>
    private static float[] Data(int length)
    {
        var values = Samples.Gaussian(length, seed: 3);
        for (var i = 0; i < length; i++)
        {
            if (i / (s_input.Height * s_input.Width) % 4 == 1) values[i] = i % 2 == 0 ? 0f : -0f;
        }

        return values;
    }

    private static FineMask Mask(FeatureShape shape) => new(Batch, shape.Channels, shape.Height, shape.Width);

    private static BlockedTensor Tensor(float[] values)
    {
        var tensor = new BlockedTensor(Batch, s_input.Channels, s_input.Height, s_input.Width);
        tensor.CopyFromNchw(values);
        return tensor;
    }
}
