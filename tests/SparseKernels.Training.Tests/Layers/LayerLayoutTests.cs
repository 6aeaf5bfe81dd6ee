using SparseKernels.Sparsity;
using SparseKernels.TestSupport;
using SparseKernels.Training.Graphs;
using SparseKernels.Training.Layers;
using SparseKernels.Training.Layers.BatchNormalisation;
using SparseKernels.Training.Layers.Composites;
using SparseKernels.Training.Layers.Convolutions;
using SparseKernels.Training.Layers.Elementwise;
using SparseKernels.Training.Layers.GroupNormalisation;
using SparseKernels.Training.Layers.Merging;
using SparseKernels.Training.Layers.Pooling;
using SparseKernels.Training.Layers.Reshaping;
using SparseKernels.Training.Tensors;
using SparseKernels.Training.Tests.Support;
using Xunit;

namespace SparseKernels.Training.Tests.Layers;

/// <summary>Every layer gives the same results, gradients and statistics whether channels or images are the lanes.</summary>
public static class LayerLayoutTests
{
    private static readonly FeatureShape s_input = new(19, 9, 10);

    private static readonly Dictionary<string, Func<Layer>> s_layers = new()
    {
        ["convolution"] = () => new Conv2d("conv", 19, 21, 3, padding: 1),
        ["convolution, strided"] = () => new Conv2d("conv", 19, 8, new Size2D(3, 2), stride: new(2, 3), padding: new Padding2D(2, 0, 1, 1)),
        ["convolution, dilated"] = () => new Conv2d("conv", 19, 8, 3, padding: 2, dilation: 2, bias: false),
        ["convolution, depthwise"] = () => new Conv2d("conv", 19, 19, 3, padding: 1, groups: 19),
        ["transposed convolution"] = () => new ConvTranspose2d("conv", 19, 21, 3, padding: 1),
        ["transposed convolution, strided"] = () => new ConvTranspose2d("conv", 19, 8, new Size2D(3, 2), new Size2D(2, 3), new Padding2D(1, 0, 0, 1), 1),
        ["transposed convolution, depthwise"] = () => new ConvTranspose2d("conv", 19, 19, 3, 2, 2, dilation: 2, groups: 19, bias: false),
        ["linear"] = () => new Linear("fc", s_input, 11),
        ["normalisation"] = () => new BatchNorm2d("bn", 19),
        ["normalisation, ReLU"] = () => new BatchNorm2d("bn", 19, relu: true),
        ["normalisation, ReLU, pooling"] = () => new PooledBatchNorm2d("bn", 19),
        ["residual block"] = () => new ResidualBlock("block", 19, 19),
        ["squeeze and excitation"] = () => new SqueezeExcitation("se", 19, 5),
        ["dense block"] = () => new DenseBlock("block", 19, 6, 2),
        ["dense transition"] = () => new DenseTransition("transition", 19, 10),
        ["residual block, strided"] = () => new ResidualBlock("block", 19, 24, stride: 2),
        ["sum"] = () => Branches((graph, a, b) => graph.Add(new Add("add"), a, b, a)),
        ["sum, ReLU"] = () => Branches((graph, a, b) => graph.Add(new Add("add", relu: true), a, b)),
        ["product"] = () => Branches((graph, a, b) => graph.Add(new Multiply("multiply"), a, b)),
        ["scaled channels"] = () => Branches((graph, a, b) => graph.Add(new Multiply("multiply"), a, graph.Add(new AvgPool2d("pool"), b))),
        ["concatenation"] = () => Branches((graph, a, b) => graph.Add(new Concat("cat"), b, a, b)),
        ["a layer of one's own"] = () => new OwnGroupNorm("gn", groups: 1, channels: 19),
        ["ReLU"] = () => new Relu("relu"),
        ["dropout"] = () => new Dropout("dropout", 0.3f),
        ["maximum"] = () => new MaxPool2d("pool", 3, stride: 2, padding: 1),
        ["mean"] = () => new AvgPool2d("pool", 2, stride: new(1, 2), padding: new Padding2D(1, 0, 1, 1)),
        ["mean of all"] = () => new AvgPool2d("pool"),
        ["maximum, ceil mode, dilated"] = () => new MaxPool2d("pool", new Size2D(2, 3), 2, new Padding2D(1, 0, 0, 1), new Size2D(2, 1), ceilMode: true),
        ["mean, ceil mode"] = () => new AvgPool2d("pool", 3, 2, new Padding2D(0, 1, 1, 0), ceilMode: true, countIncludePadding: false),
        ["mean, adaptive"] = () => new AdaptiveAvgPool2d("pool", new Size2D(4, 13)),
        ["softmax"] = () => new Softmax("f"),
        ["group normalisation"] = () => new GroupNorm("gn", 19, 19),
        ["layer normalisation"] = () => new GroupNorm("gn", 1, 19, affine: false),
        ["nearest"] = () => Upsample2d.ByScale("up", 2, 1.5f),
        ["bilinear"] = () => Upsample2d.ToSize("up", new Size2D(5, 23), UpsampleMode.Bilinear),
        ["padding"] = () => new Pad2d("pad", new Padding2D(1, 0, 2, 3), value: -0.5f),
        ["padding, reflected"] = () => new Pad2d("pad", new Padding2D(8, 1, 2, 9), PadMode.Reflect),
        ["flatten"] = () => new Flatten("flatten"),
        ["leaky ReLU"] = () => new LeakyRelu("f", 0.2f),
        ["clip"] = () => new Clip("f", 0.1f, 0.6f),
        ["ReLU6"] = () => new Relu6("f"),
        ["sigmoid"] = () => new Sigmoid("f"),
        ["hard sigmoid"] = () => new HardSigmoid("f"),
        ["hard swish"] = () => new HardSwish("f"),
        ["SiLU"] = () => new Silu("f"),
    };

    public static TheoryData<string, int> Cases { get; } = new(from name in s_layers.Keys from batch in (int[])[3, 16, 18] select (name, batch));

    [Theory]
    [MemberData(nameof(Cases))]
    public static void ForwardAndBackward_BatchBlocked_AreThoseOfChannelBlocked(string name, int batch)
    {
        var (layer, other) = (s_layers[name](), s_layers[name]());
        using var channels = new LayerProbe(layer, s_input, batch);
        using var batches = new LayerProbe(other, s_input, batch, layout: BlockedLayout.BatchBlocked);
        Assert.Equal(channels.Output, batches.Output);
        foreach (var training in (bool[])[true, true, false])
        {
            var x = RandomTensor.Floats(channels.InputLength, seed: 1, 0.8);
            Near(channels.Forward(x, training), batches.Forward(x, training), $"{name}: y");
            if (!training) continue;
            var dy = RandomTensor.Floats(channels.OutputLength, seed: 2, 0.7);
            Near(channels.Backward(dy), batches.Backward(dy), $"{name}: dx");
            for (var i = 0; i < layer.Parameters.Count; i++)
                Near(layer.Parameters[i].Gradient, other.Parameters[i].Gradient, $"{name}: gradient of {layer.Parameters[i].Name}");
            for (var i = 0; i < layer.Buffers.Count; i++) Near(layer.Buffers[i].Values, other.Buffers[i].Values, $"{name}: {layer.Buffers[i].Name}");
        }
    }

    public static TheoryData<string> Names { get; } = new(s_layers.Keys);

    [Theory]
    [MemberData(nameof(Names))]
    public static void ForwardAndBackward_OneThreadOrThree_GiveTheSameBits(string name)
    {
        foreach (var layout in TrainingLayouts.All)
        {
            var (layer, other) = (s_layers[name](), s_layers[name]());
            using var one = new LayerProbe(layer, s_input, batch: 18, threads: 1, layout: layout, schedule: KernelSchedule.Dense);
            using var three = new LayerProbe(other, s_input, batch: 18, threads: 3, layout: layout, schedule: KernelSchedule.Dense);
            var x = RandomTensor.Floats(one.InputLength, seed: 1, 0.8);
            var dy = RandomTensor.Floats(one.OutputLength, seed: 2, 0.7);
            Assert.Equal(one.Forward(x), three.Forward(x));
            Assert.Equal(one.Backward(dy), three.Backward(dy));
            for (var i = 0; i < layer.Parameters.Count; i++) Assert.Equal(layer.Parameters[i].Gradient, other.Parameters[i].Gradient);
        }
    }

    [Theory]
    [InlineData("linear")]
    [InlineData("convolution")]
    [InlineData("residual block, strided")]
    [InlineData("transposed convolution")]
    public static void Backward_MaskedWeights_AreThoseOfChannelBlockedForEveryMask(string name)
    {
        const int Batch = 18;
        var (layer, other) = (s_layers[name](), s_layers[name]());
        using var channels = new LayerProbe(layer, s_input, Batch);
        using var batches = new LayerProbe(other, s_input, Batch, layout: BlockedLayout.BatchBlocked);
        for (var round = 1; round <= 3; round++)
        {
            foreach (var (one, two) in layer.Parameters.Zip(other.Parameters).Where(pair => pair.First.Shape.Length > 1))
            {
                // A new mask, then one that changes in place.
                if (round == 2) one.Mask = two.Mask = null;
                var keep = RandomTensor.Floats(one.Value.Length, seed: round, 0.2).Select(value => value != 0).ToArray();
                if (round < 3) (one.Mask, two.Mask) = (SmallNetwork.MaskOf(one, keep), SmallNetwork.MaskOf(two, keep));
                else foreach (var mask in (WeightPattern[])[one.Mask!, two.Mask!])
                {
                    mask.Words[0] ^= 5;
                    mask.Touch();
                }
            }

            var x = RandomTensor.Floats(channels.InputLength, seed: 1, 0.8);
            var dy = RandomTensor.Floats(channels.OutputLength, seed: 2, 0.7);
            Near(channels.Forward(x), batches.Forward(x), $"{name}: y");
            Near(channels.Backward(dy), batches.Backward(dy), $"{name}: dx");
            foreach (var (one, two) in layer.Parameters.Zip(other.Parameters))
            {
                Near(one.Gradient, two.Gradient, $"{name}: gradient of {one.Name}, round {round}");
                if (one.Mask is not { } mask) continue;
                for (var i = 0; i < two.Gradient.Length; i++) Assert.True(mask[i] || two.Gradient[i] == 0, $"{one.Name}: a masked weight's gradient is {two.Gradient[i]}");
            }
        }
    }

    /// <summary>Two branches that end in a merging layer: a of 21 channels, b the same or other ones.</summary>
    private static Composition Branches(Func<Composition.Owner, GraphNode, GraphNode, GraphNode> merge)
    {
        Layer[] layers = [new Conv2d("a", 19, 21, 3, padding: 1), new Conv2d("b", 19, 21, 1)];
        return new Composition("composition", (graph, x) => merge(graph, graph.Add(layers[0], x), graph.Add(layers[1], x)), layers);
    }

    private static void Near(float[] expected, float[] actual, string what)
    {
        Assert.Equal(expected.Length, actual.Length);
        var scale = Math.Max(1e-3, Math.Sqrt(expected.Average(value => (double)value * value)));
        for (var i = 0; i < expected.Length; i++)
        {
            // A sum near the edge of a ReLU, or two pixels that are nearly the largest, fall on the other side at times: those are few.
            if (!(Math.Abs(expected[i] - actual[i]) <= 2e-4 * scale)) Assert.Fail($"{what}: element {i} is {actual[i]}, channel-blocked {expected[i]}");
        }
    }
}
