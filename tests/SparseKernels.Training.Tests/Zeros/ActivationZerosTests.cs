using SparseKernels.Sparsity;
using SparseKernels.Tensors;
using SparseKernels.TestSupport;
using SparseKernels.Threading;
using SparseKernels.Training.Layers;
using SparseKernels.Training.Layers.BatchNormalisation;
using SparseKernels.Training.Layers.Composites;
using SparseKernels.Training.Layers.Convolutions;
using SparseKernels.Training.Layers.Elementwise;
using SparseKernels.Training.Layers.Pooling;
using SparseKernels.Training.Tensors;
using SparseKernels.Training.Tests.Support;
using SparseKernels.Training.Zeros;
using Xunit;

namespace SparseKernels.Training.Tests.Zeros;

[Collection(SoloCollection.Name)]
public class ActivationZerosTests
{
    private const int Batch = 3;
    private static readonly FeatureShape s_input = new(19, 6, 7);

    public static TheoryData<string> Kinds { get; } = ["relu", "normalise", "normalise-relu", "normalise-relu-pool", "pool", "dropout", "relu6", "hard-swish"];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Forward_Asked_WritesTheOutputsNonZerosAndDensitiesAndTheSameOutput(string kind)
    {
        var layer = Make(kind);
        using var probe = new LayerProbe(layer, s_input, Batch);
        using var plain = new LayerProbe(Make(kind), s_input, Batch);
        layer.OutputZeros.Ask();
        var x = Data(probe.InputLength);
        layer.OutputZeros.NonZeros!.Words.Fill(0xFFFF);

        var y = probe.Forward(x);

        Assert.Equal(plain.Forward(x), y);
        AssertZeros(y, probe.Output, layer.OutputZeros);
        Assert.InRange(layer.OutputZeros.Density!.Value.Fine, 0.1, kind == "normalise" ? 1 : 0.99);
    }

    [Theory]
    [InlineData("normalise-relu")]
    [InlineData("normalise-relu-pool")]
    public void Forward_AskedInInference_CountsToo(string kind)
    {
        var layer = Make(kind);
        using var probe = new LayerProbe(layer, s_input, Batch);
        layer.OutputZeros.Ask();
        AssertZeros(probe.Forward(Data(probe.InputLength), training: false), probe.Output, layer.OutputZeros);
    }

    [Fact]
    public void Forward_NobodyAsks_CountsNothing()
    {
        var layer = new BatchNorm2d("bn", s_input.Channels, relu: true);
        using var probe = new LayerProbe(layer, s_input, Batch);
        probe.Forward(Data(probe.InputLength));
        Assert.Null(layer.OutputZeros.NonZeros);
        Assert.Null(layer.OutputZeros.Density);
    }

    [Fact]
    public void Forward_WithAnAddend_WritesTheSumsNonZeros()
    {
        var layer = new BatchNorm2d("bn", s_input.Channels, relu: true);
        using var workspace = new Workspace(Batch, ComputeTopology.FromThreads(2), 1);
        layer.Build(s_input, workspace);
        layer.OutputZeros.Ask();
        layer.Parameters[0].Value.AsSpan().Fill(1);
        using BlockedTensor x = Tensor(Data(Batch * s_input.Length)), addend = Tensor(Samples.Gaussian(Batch * s_input.Length, seed: 5));

        var y = new float[x.PlainLength];
        layer.Forward(x, addend, training: true).CopyToNchw(y);

        AssertZeros(y, s_input, layer.OutputZeros);
        Assert.InRange(layer.OutputZeros.Density!.Value.Fine, 0.1, 0.9);
        layer.Dispose();
    }

    [Theory]
    [InlineData("relu")]
    [InlineData("pool")]
    [InlineData("dropout")]
    [InlineData("relu6")]
    public void Backward_Asked_CountsTheGradientsNonZeros(string kind)
    {
        var layer = Make(kind);
        var below = ActivationZeros.Unknown(Batch, s_input);
        below.AskForGradient();
        using var workspace = new Workspace(Batch, ComputeTopology.FromThreads(2), 1);
        var output = layer.Build(s_input, workspace, below);
        using var x = Tensor(Data(Batch * s_input.Length));
        layer.Forward(x, training: true);
        var dy = workspace.Gradients.Rent(Batch, output.Channels, output.Height, output.Width);
        var values = Samples.Gaussian(dy.PlainLength, seed: 8);
        for (var i = 0; i < values.Length; i += 3) values[i] = 0;
        dy.CopyFromNchw(values);

        var dx = layer.Backward(dy, wantsInputGradient: true)!;

        var expected = new FineMask(Batch, s_input.Channels, s_input.Height, s_input.Width);
        expected.Update(dx);
        Assert.Equal(expected.Density, below.GradientDensity!.Value.Fine, 1e-12);
        Assert.InRange(expected.Density, 0.01, 0.66);
        layer.Dispose();
    }

    [Fact]
    public void GatesGradient_WhereAZeroShutsTheGradientAlone_IsTrue()
    {
        Assert.True(Gates(new Relu("r")));
        Assert.True(Gates(new BatchNorm2d("b", 4, relu: true)));
        Assert.True(Gates(new PooledBatchNorm2d("p", 4)));
        Assert.True(Gates(new ResidualBlock("r", 4, 6)));
        Assert.True(Gates(new Relu("r"), new MaxPool2d("m", 2)));
        Assert.True(Gates(new Relu("r"), new Dropout("d")));
        Assert.True(Gates(new Relu6("r")));
        Assert.True(Gates(new HardSigmoid("h")));
        Assert.True(Gates(new Clip("c", 0, 1)));
        Assert.False(Gates(new Clip("c")));
        Assert.False(Gates(new HardSwish("h")));
        Assert.False(Gates(new LeakyRelu("l")));
        Assert.False(Gates(new Sigmoid("s")));
        Assert.False(Gates(new Relu("r"), new Softmax("s")));
        Assert.False(Gates(new Relu("r"), new ConvTranspose2d("c", 4, 4, 3)));
        Assert.False(Gates(new BatchNorm2d("b", 4)));
        Assert.False(Gates(new MaxPool2d("m", 2)));
        Assert.False(Gates(new Dropout("d")));
        Assert.False(Gates(new Relu("r"), new AvgPool2d("a", 2)));
        Assert.False(Gates(new Relu("r"), new Conv2d("c", 4, 4, 3)));

        static bool Gates(params Layer[] layers)
        {
            using var workspace = new Workspace(2, ComputeTopology.FromThreads(1), 1);
            var shape = new FeatureShape(4, 6, 6);
            ActivationZeros? zeros = null;
            foreach (var layer in layers)
            {
                shape = layer.Build(shape, workspace, zeros);
                zeros = layer.OutputZeros;
            }

            foreach (var layer in layers) layer.Dispose();
            return zeros!.GatesGradient;
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Forward_Asked_AllocatesNothing(string kind)
    {
        var layer = Make(kind);
        using var workspace = new Workspace(Batch, ComputeTopology.FromThreads(2), 1);
        layer.Build(s_input, workspace);
        layer.OutputZeros.Ask();
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
        "relu6" => new Relu6("relu"),
        "hard-swish" => new HardSwish("f"),
        "dropout" => new Dropout("dropout", 0.3f),
        _ => new MaxPool2d("pool", 2),
    };

    /// <summary>What a layer tells of its output against counts of the output itself, element by element.</summary>
    private static void AssertZeros(float[] y, FeatureShape shape, ActivationZeros zeros)
    {
        var expected = new FineMask(Batch, shape.Channels, shape.Height, shape.Width);
        expected.Update(y);
        Assert.Equal(expected.Words, zeros.NonZeros!.Words);

        var pixels = shape.Height * shape.Width;
        var channels = Enumerable.Range(0, Batch * shape.Channels).Count(
            channel => y.AsSpan(channel * pixels, pixels).ContainsAnyExcept(0f));
        Assert.Equal((double)y.Count(value => value != 0) / y.Length, zeros.Density!.Value.Fine, 1e-12);
        Assert.Equal((double)channels / (Batch * shape.Channels), zeros.Density.Value.Coarse, 1e-12);
        Assert.Equal(zeros.Density.Value.Fine, zeros.MaskDensity!.Value.Fine);
        Assert.Equal(
            (double)expected.Words.ToArray().Count(word => word != 0) / expected.Words.Length, zeros.MaskDensity.Value.Coarse, 1e-12);
    }

    /// <summary>Whole windows and channels of zeros, −0 too, so that a pooling of them has zeros without a ReLU.</summary>
    private static float[] Data(int length)
    {
        var values = Samples.Gaussian(length, seed: 3);
        for (var i = 0; i < length; i++)
        {
            if (i / (s_input.Height * s_input.Width) % 4 == 1) values[i] = i % 2 == 0 ? 0f : -0f;
        }

        return values;
    }

    private static BlockedTensor Tensor(float[] values)
    {
        var tensor = new BlockedTensor(Batch, s_input.Channels, s_input.Height, s_input.Width);
        tensor.CopyFromNchw(values);
        return tensor;
    }
}
