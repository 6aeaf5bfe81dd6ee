using SparseKernels.Bench.Peer;
using SparseKernels.Isa;
using SparseKernels.Training.Layers;
using SparseKernels.Training.Layers.Convolutions;
using SparseKernels.Training.Layers.Elementwise;
using SparseKernels.Training.Layers.GroupNormalisation;
using SparseKernels.Training.Layers.Pooling;
using SparseKernels.Training.Layers.Reshaping;
using SparseKernels.Training.Tensors;
using SparseKernels.Training.Tests.Support;
using Xunit;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;
using PaddingModes = TorchSharp.PaddingModes;
using UpsampleMode = SparseKernels.Training.Layers.Reshaping.UpsampleMode;

namespace SparseKernels.Bench.Tests.Peer;

/// <summary>Layers give libtorch's results and gradients, in either layout.</summary>
public sealed class TorchLayersTests
{
    private static readonly FeatureShape s_input = new(18, 7, 10);

    private static readonly Dictionary<string, (Func<Layer> Ours, Func<Tensor, Tensor[], Tensor> Theirs)> s_layers = new()
    {
        ["leaky ReLU"] = (() => new LeakyRelu("f", 0.2f), (x, _) => functional.leaky_relu(x, 0.2)),
        ["clip"] = (() => new Clip("f", -0.5f, 1), (x, _) => x.clamp(-0.5, 1)),
        ["ReLU6"] = (() => new Relu6("f"), (x, _) => functional.relu6(x)),
        ["sigmoid"] = (() => new Sigmoid("f"), (x, _) => sigmoid(x)),
        ["hard sigmoid"] = (() => new HardSigmoid("f"), (x, _) => functional.hardsigmoid(x)),
        ["hard swish"] = (() => new HardSwish("f"), (x, _) => functional.hardswish(x)),
        ["SiLU"] = (() => new Silu("f"), (x, _) => functional.silu(x)),
        ["softmax"] = (() => new Softmax("f"), (x, _) => functional.softmax(x, 1)),
        ["group normalisation, 3"] = (() => new GroupNorm("f", 3, 18), (x, p) => functional.group_norm(x, 3, p[0], p[1])),
        ["group normalisation, 18, large ε"] = (() => new GroupNorm("f", 18, 18, 0.1f, affine: false), (x, _) => functional.group_norm(x, 18, eps: 0.1)),
        ["group normalisation, 1"] = (() => new GroupNorm("f", 1, 18), (x, p) => functional.group_norm(x, 1, p[0], p[1])),
        ["maximum"] = (() => new MaxPool2d("f", 3, 2, 1), (x, _) => functional.max_pool2d(x, [3, 3], [2, 2], [1, 1])),
        ["maximum, ceil mode"] = (
            () => new MaxPool2d("f", new Size2D(2, 3), new Size2D(4, 2), new Padding2D(1, 1, 0, 0), ceilMode: true),
            (x, _) => functional.max_pool2d(x, [2, 3], [4, 2], [1, 0], ceil_mode: true)),
        ["maximum, dilated"] = (
            () => new MaxPool2d("f", 3, 2, 1, new Size2D(2, 3), ceilMode: true),
            (x, _) => functional.max_pool2d(x, [3, 3], [2, 2], [1, 1], [2, 3], ceil_mode: true)),
        ["mean, ceil mode"] = (() => new AvgPool2d("f", 3, 2, 1, ceilMode: true), (x, _) => functional.avg_pool2d(x, [3, 3], [2, 2], [1, 1], ceil_mode: true)),
        ["mean, ceil mode, far apart"] = (
            () => new AvgPool2d("f", 2, 4, 1, ceilMode: true),
            (x, _) => functional.avg_pool2d(x, [2, 2], [4, 4], [1, 1], ceil_mode: true)),
        ["mean, without padding"] = (
            () => new AvgPool2d("f", new Size2D(4, 3), 3, new Padding2D(2, 2, 1, 1), ceilMode: true, countIncludePadding: false),
            (x, _) => functional.avg_pool2d(x, [4, 3], [3, 3], [2, 1], ceil_mode: true, count_include_pad: false)),
        ["mean, adaptive"] = (() => new AdaptiveAvgPool2d("f", new Size2D(3, 4)), (x, _) => functional.adaptive_avg_pool2d(x, [3, 4])),
        ["mean, adaptive, larger"] = (() => new AdaptiveAvgPool2d("f", new Size2D(9, 1)), (x, _) => functional.adaptive_avg_pool2d(x, [9, 1])),
        ["flatten"] = (() => new Flatten("f"), (x, _) => x.flatten(1)),
        ["linear"] = (() => new Linear("f", s_input, 11), (x, p) => functional.linear(x.flatten(1), p[0], p[1])),
        ["convolution"] = (
            () => new Conv2d("f", 18, 6, new Size2D(3, 2), new Size2D(2, 1), new Padding2D(1, 1, 2, 2), new Size2D(1, 2), groups: 3),
            (x, p) => functional.conv2d(x, p[0], p[1], [2, 1], [1, 2], [1, 2], 3)),
        ["transposed convolution"] = (() => new ConvTranspose2d("f", 18, 5, 3), (x, p) => functional.conv_transpose2d(x, p[0], p[1])),
        ["transposed convolution, strided"] = (
            () => new ConvTranspose2d("f", 18, 17, 4, 2, 1, bias: false),
            (x, p) => functional.conv_transpose2d(x, p[0], null, [2, 2], [1, 1])),
        ["transposed convolution, all options"] = (
            () => new ConvTranspose2d("f", 18, 9, new Size2D(3, 2), new Size2D(2, 3), new Padding2D(1, 1, 0, 0), new Size2D(1, 2), new Size2D(2, 1), groups: 9),
            (x, p) => functional.conv_transpose2d(x, p[0], p[1], [2, 3], [1, 0], [1, 2], [2, 1], 9)),
        ["nearest, by scale"] = (() => Upsample2d.ByScale("f", 2, 3), (x, _) => functional.interpolate(x, scale_factor: [2, 3])),
        ["nearest, by a broken scale"] = (() => Upsample2d.ByScale("f", 1.7f, 0.6f), (x, _) => functional.interpolate(x, scale_factor: [1.7f, 0.6f])),
        ["nearest, to a size"] = (() => Upsample2d.ToSize("f", new Size2D(11, 4)), (x, _) => functional.interpolate(x, [11, 4])),
        ["bilinear, by scale"] = (
            () => Upsample2d.ByScale("f", 2, 1.5f, UpsampleMode.Bilinear),
            (x, _) => functional.interpolate(x, scale_factor: [2, 1.5], mode: InterpolationMode.Bilinear, align_corners: false)),
        ["bilinear, to a size"] = (
            () => Upsample2d.ToSize("f", new Size2D(5, 23), UpsampleMode.Bilinear),
            (x, _) => functional.interpolate(x, [5, 23], mode: InterpolationMode.Bilinear, align_corners: false)),
        ["bilinear, corners"] = (
            () => Upsample2d.ToSize("f", new Size2D(13, 1), UpsampleMode.BilinearAlignedCorners),
            (x, _) => functional.interpolate(x, [13, 1], mode: InterpolationMode.Bilinear, align_corners: true)),
        ["bilinear, corners, by scale"] = (
            () => Upsample2d.ByScale("f", 2, 2, UpsampleMode.BilinearAlignedCorners),
            (x, _) => functional.interpolate(x, scale_factor: [2, 2], mode: InterpolationMode.Bilinear, align_corners: true)),
        ["padding"] = (() => new Pad2d("f", new Padding2D(1, 2, 0, 3), value: 0.75f), (x, _) => functional.pad(x, [0, 3, 1, 2], PaddingModes.Constant, 0.75)),
        ["padding, reflected"] = (
            () => new Pad2d("f", new Padding2D(6, 2, 4, 9), PadMode.Reflect),
            (x, _) => functional.pad(x, [4, 9, 6, 2], PaddingModes.Reflect)),
        ["padding, replicated"] = (
            () => new Pad2d("f", new Padding2D(1, 9, 0, 12), PadMode.Replicate),
            (x, _) => functional.pad(x, [0, 12, 1, 9], PaddingModes.Replicate)),
    };

    public static TheoryData<string, BlockedLayout> Cases { get; } =
        new(from name in s_layers.Keys from layout in (BlockedLayout[])[BlockedLayout.ChannelBlocked, BlockedLayout.BatchBlocked] select (name, layout));

    [Theory]
    [MemberData(nameof(Cases))]
    public void ForwardAndBackward_OddSizes_AreThoseOfTorch(string name, BlockedLayout layout)
    {
        Assert.SkipWhen(TorchLibrary.TryLoadExact(InstructionSet.Current, threads: 1) is not null, "libtorch can't load here");
        const int Batch = 19;
        var layer = s_layers[name].Ours();
        using var probe = new LayerProbe(layer, s_input, Batch, layout: layout);
        foreach (var parameter in layer.Parameters)
        {
            Samples.Gaussian(parameter.Value.Length, seed: 6).CopyTo(parameter.Value, 0);
            parameter.Touch();
        }

        var values = Samples.Gaussian(probe.InputLength).Select(value => 2 * value).ToArray();
        using var scope = NewDisposeScope();
        var x = tensor(values, [Batch, s_input.Channels, s_input.Height, s_input.Width], requires_grad: true);
        Tensor[] parameters = [.. layer.Parameters.Select(p => tensor(p.Value, [.. p.Shape.Select(size => (long)size)], requires_grad: true))];
        var y = s_layers[name].Theirs(x, parameters);
        Assert.Equal([Batch, probe.Output.Channels, probe.Output.Height, probe.Output.Width], [.. y.shape, .. Enumerable.Repeat(1L, 4 - y.shape.Length)]);
        Near(y, probe.Forward(values), "y");

        var gradient = Samples.Gaussian(probe.OutputLength, seed: 4);
        y.backward([tensor(gradient, y.shape)]);
        Near(x.grad!, probe.Backward(gradient), "dx");
        for (var i = 0; i < parameters.Length; i++) Near(parameters[i].grad!, layer.Parameters[i].Gradient, layer.Parameters[i].Name);
    }

    private static void Near(Tensor theirs, float[] ours, string what)
    {
        var expected = theirs.detach().contiguous().data<float>().ToArray();
        Assert.Equal(expected.Length, ours.Length);
        var scale = Math.Sqrt(expected.Average(value => (double)value * value));
        for (var i = 0; i < expected.Length; i++)
            Assert.True(Math.Abs(expected[i] - ours[i]) <= 2e-5 * (scale + Math.Abs(expected[i])), $"{what}: element {i} is {ours[i]}, torch's {expected[i]}");
    }
}
