using System.Runtime.CompilerServices;
using SparseKernels.TestSupport;
using SparseKernels.Training.Folding;
using SparseKernels.Training.Graphs;
using SparseKernels.Training.Layers;
using SparseKernels.Training.Layers.BatchNormalisation;
using SparseKernels.Training.Layers.Convolutions;
using SparseKernels.Training.Layers.Elementwise;
using SparseKernels.Training.Layers.Pooling;
using SparseKernels.Training.Randomness;
using SparseKernels.Training.Stretches;
using SparseKernels.Training.Tensors;
using Xunit;

namespace SparseKernels.Training.Tests.Stretches;

public class NetworkStretchTests
{
    private static readonly FeatureShape s_image = new(3, 6, 6);

    [Fact]
    public void Construction_SeveralOutputs_NamesThem()
    {
        var graph = new GraphBuilder();
        var x = graph.Add(new Relu("relu"), graph.Input(s_image));
        var several = graph.Build(("a", x), ("b", graph.Add(new Relu("relu2"), x)));
        var message = Assert.Throws<ArgumentException>("graph", () => new NetworkStretch(several)).Message;
        Assert.Contains("outputs 'a', 'b'", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Forward_PassesUnderWay_EachGoesBackAsIfAlone()
    {
        using var stretch = Stretch(Layers());
        var (a, b) = (RandomTensor.Floats(4 * s_image.Length, 1), RandomTensor.Floats(4 * s_image.Length, 2));
        var (aloneA, aloneB) = (Run(stretch, a), Run(stretch, b));
        using var first = stretch.Forward(a, s_image);
        using var second = stretch.Forward(b, s_image);
        AssertSame(aloneA, Back(stretch, first), "the first pass");
        AssertSame(aloneB, Back(stretch, second), "the second pass");
        Assert.NotEqual(aloneA.Dx, aloneB.Dx);
    }

    [Fact]
    public void Passes_ChannelsLast_GiveTheBitsOfTheOtherLayout()
    {
        using var stretch = Stretch(Layers());
        var x = RandomTensor.Floats(18 * s_image.Length, 1);
        var last = Transposed(x, s_image);
        using var pass = stretch.Forward(x, s_image);
        var expected = Back(stretch, pass);
        var output = stretch.OutputOf(s_image);
        using var other = stretch.Forward(last, s_image, layout: PlainLayout.Nhwc);
        float[] y = new float[expected.Y.Length], dx = new float[x.Length];
        other.CopyOutput(y, PlainLayout.Nhwc);
        Expect.SameBits(Transposed(expected.Y, output), y, "y");
        other.CopyOutput(y);
        Expect.SameBits(expected.Y, y, "y, NCHW");
        other.Backward(Transposed(Dy(y.Length), output), dx, PlainLayout.Nhwc, PlainLayout.Nhwc);
        Expect.SameBits(Transposed(expected.Dx, s_image), dx, "dx");
        other.Backward(Dy(y.Length), dx, PlainLayout.Nchw, PlainLayout.Nhwc);
        Expect.SameBits(Transposed(expected.Dx, s_image), dx, "dx of an NCHW dy");

        // 18 images are 16 and 2, which don't fill what is built for them.
        var inferred = new float[y.Length];
        stretch.Infer(x, s_image, inferred);
        stretch.Infer(last, s_image, y, PlainLayout.Nhwc);
        Expect.SameBits(Transposed(inferred, output), y, "inference");
        stretch.Infer(x, s_image, y, outputLayout: PlainLayout.Nhwc);
        Expect.SameBits(Transposed(inferred, output), y, "inference of NCHW");
        stretch.Infer(last, s_image, y, PlainLayout.Nhwc, PlainLayout.Nchw);
        Expect.SameBits(inferred, y, "inference to NCHW");
        Assert.Throws<ArgumentOutOfRangeException>("layout", () => stretch.Infer(x, s_image, y, (PlainLayout)2));
        Assert.Throws<ArgumentOutOfRangeException>("outputLayout", () => stretch.Infer(x, s_image, y, outputLayout: (PlainLayout)2));
        Assert.Throws<ArgumentOutOfRangeException>("layout", () => stretch.Forward(x, s_image, layout: (PlainLayout)2));
        Assert.Throws<ArgumentOutOfRangeException>("dyLayout", () => other.Backward(Dy(y.Length), dx, (PlainLayout)2));
        Assert.Throws<ArgumentOutOfRangeException>("dxLayout", () => other.Backward(Dy(y.Length), dx, dxLayout: (PlainLayout)2));
    }

    /// <summary>NCHW as NHWC.</summary>
    private static float[] Transposed(float[] from, FeatureShape image)
    {
        var to = new float[from.Length];
        var pixels = image.Height * image.Width;
        for (var i = 0; i < from.Length; i++)
        {
            var (n, c, pixel) = (i / image.Length, i / pixels % image.Channels, i % pixels);
            to[(n * image.Length) + (pixel * image.Channels) + c] = from[i];
        }

        return to;
    }

    [Fact]
    public void Forward_OtherSizesBetween_ChangeNothing()
    {
        using var stretch = new NetworkStretch(Graph(Layers()), new StretchOptions { SizesKept = 1 });
        Initialise(stretch);
        var x = RandomTensor.Floats(4 * s_image.Length, 1);
        var before = Run(stretch, x);
        using var pass = stretch.Forward(x, s_image);
        var larger = new FeatureShape(3, 9, 7);
        Run(stretch, RandomTensor.Floats(2 * larger.Length, 3), larger);
        AssertSame(before, Back(stretch, pass), "a pass whose size was given up");
        AssertSame(before, Run(stretch, x), "the same size again");
    }

    [Fact]
    public void Backward_Again_GivesTheSameUntilAnotherForwardTakesTheMemory()
    {
        using var stretch = Stretch(Layers());
        var x = RandomTensor.Floats(4 * s_image.Length, 1);
        var pass = stretch.Forward(x, s_image);
        var first = Back(stretch, pass);
        var gradients = stretch.Parameters.Select(parameter => parameter.Gradients.ToArray()).ToArray();
        var dx = new float[x.Length];
        pass.Backward(Dy(first.Y.Length), dx);
        Expect.SameBits(first.Dx, dx, "dx of the second Backward");
        for (var i = 0; i < gradients.Length; i++) Expect.SameBits(gradients[i], stretch.Parameters[i].Gradients, stretch.Parameters[i].Name);
        using var other = stretch.Forward(x, s_image);
        Assert.Contains("taken its memory", Assert.Throws<InvalidOperationException>(() => pass.Backward(Dy(first.Y.Length), [])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Forward_PassesForgotten_GiveTheirMemoryBack()
    {
        using var stretch = Stretch(Layers());
        var x = RandomTensor.Floats(4 * s_image.Length, 1);
        var built = new HashSet<object>();
        for (var i = 0; i < 12; i++) Forget(stretch, x, built);
        Assert.InRange(built.Count, 1, 4);
    }

    [Fact]
    public void Parameters_MovedElsewhere_AreReadAndTheirGradientsWrittenThere()
    {
        using var own = Stretch(Layers());
        using var moved = Stretch(Layers());
        var memory = moved.Parameters.Select(parameter => (Values: parameter.Value.ToArray(), Gradient: new float[parameter.Length])).ToArray();
        for (var i = 0; i < memory.Length; i++) moved.Parameters[i].MoveTo(memory[i].Values, memory[i].Gradient);
        var x = RandomTensor.Floats(4 * s_image.Length, 1);
        var expected = Run(own, x);
        AssertSame(expected, Run(moved, x), "moved parameters");
        for (var i = 0; i < memory.Length; i++) Expect.SameBits(own.Parameters[i].Gradient, memory[i].Gradient, own.Parameters[i].Name);

        // A change in the caller's memory counts once it is told of.
        memory[0].Values[0] += 1;
        moved.Parameters[0].Touch();
        Assert.NotEqual(expected.Y, Run(moved, x).Y);
    }

    [Fact]
    public void Backward_FrozenWithoutMemory_LeavesItsGradientOut()
    {
        using var stretch = Stretch(Layers());
        var values = stretch.Parameters[0].Value.ToArray();
        var x = RandomTensor.Floats(4 * s_image.Length, 1);
        var expected = Run(stretch, x);
        stretch.Parameters[0].MoveTo(values, default);
        stretch.Parameters[0].IsFrozen = true;
        AssertSame(expected, Run(stretch, x), "with a frozen weight");
        Assert.True(stretch.Parameters[0].Gradients.IsEmpty);
    }

    [Fact]
    public void Forward_InfersInTraining_GivesInferencesOutputAndItsGradient()
    {
        var layers = Layers();
        using var stretch = Stretch(layers);
        Run(stretch, RandomTensor.Floats(4 * s_image.Length, 9));
        var x = RandomTensor.Floats(4 * s_image.Length, 1);
        var y = new float[4 * stretch.OutputOf(s_image).Length];
        stretch.Infer(x, s_image, y);
        var running = layers.SelectMany(layer => layer.Buffers).Select(buffer => buffer.Values.ToArray()).ToArray();
        foreach (var layer in layers) layer.InfersInTraining = true;
        var trained = Run(stretch, x);
        Expect.Close(y, trained.Y, Near(y), "the output");
        Assert.Equal(running, layers.SelectMany(layer => layer.Buffers).Select(buffer => buffer.Values.ToArray()));

        // Each parameter's gradient along itself, by differences of Σ y·dy.
        var gradients = stretch.Parameters.Select(parameter => parameter.Gradients.ToArray()).ToArray();
        for (var i = 0; i < gradients.Length; i++)
        {
            var parameter = stretch.Parameters[i];
            var at = parameter.Length / 2;
            var slope = Slope(() => parameter.Values[at], value => { parameter.Values[at] = value; parameter.Touch(); }, () => Run(stretch, x).Y);
            Assert.Equal(slope, gradients[i][at], 2e-2 * Math.Max(1, Math.Abs(slope)));
        }

        Assert.Contains(gradients[^1], value => value != 0);
    }

    [Fact]
    public void Forward_DropoutOfOtherStep_DropsOthersAndTheSameOfTheSame()
    {
        using var stretch = Stretch([new Conv2d("c", 3, 8, 3), new Dropout("d")]);
        var x = RandomTensor.Floats(4 * s_image.Length, 1);
        Assert.Equal(Run(stretch, x, step: 5).Y, Run(stretch, x, step: 5).Y);
        Assert.NotEqual(Run(stretch, x, step: 5).Y, Run(stretch, x, step: 6).Y);
    }

    [Fact]
    public void Infer_ManyThreadsAndCounts_GiveWhatEachImageGivesAlone()
    {
        using var stretch = Stretch(Layers());
        Run(stretch, RandomTensor.Floats(4 * s_image.Length, 9));
        var x = RandomTensor.Floats(21 * s_image.Length, 1);
        var output = stretch.OutputOf(s_image).Length;
        var alone = new float[21 * output];
        for (var n = 0; n < 21; n++) stretch.Infer(x.AsSpan(n * s_image.Length, s_image.Length), s_image, alone.AsSpan(n * output, output));
        Parallel.For(0, 12, i =>
        {
            var count = 21 - i;
            var y = new float[count * output];
            stretch.Infer(x.AsSpan(0, count * s_image.Length), s_image, y);
            Expect.Close(alone.AsSpan(0, y.Length), y, Near(y), $"{count} images");
        });
    }

    [Fact]
    public void Infer_NormalisationBehindAConvolution_IsFoldedAnewBehindEachChange()
    {
        var layers = Layers();
        using var stretch = Stretch(layers);
        Run(stretch, RandomTensor.Floats(4 * s_image.Length, 9));
        var x = RandomTensor.Floats(4 * s_image.Length, 1);
        var normalisation = layers[1];
        Action[] changes =
        [
            () => { }, () => normalisation.Buffers[0].Values[3] += 2, () => normalisation.Buffers[1].Values[4] *= 9,
            () => Change(normalisation.Parameters[0]), () => Change(layers[0].Parameters[0]), () => Change(layers[4].Parameters[1]),
        ];
        foreach (var change in changes)
        {
            change();
            foreach (var layer in layers) layer.InfersInTraining = true;
            var expected = Run(stretch, x).Y;

            // Sizes take turns: what one of them folded serves the other.
            float[] y = new float[expected.Length], first = new float[expected.Length / 4];
            stretch.Infer(x.AsSpan(0, s_image.Length), s_image, first);
            Expect.Close(expected.AsSpan(0, first.Length), first, Near(first), "one image");
            stretch.Infer(x, s_image, y);
            Expect.Close(expected, y, Near(y), "all images");

            // Folded weights round in their own way.
            Assert.NotEqual(expected, y);
            using var folded = new NetworkStretch(InferenceFolding.Of(Graph(layers), sharesOwn: false), new StretchOptions { Schedule = KernelSchedule.Reproducible });
            var same = new float[y.Length];
            folded.Infer(x, s_image, same);
            Expect.SameBits(same, y, "what is folded beforehand");
        }
    }

    private static void Change(Training.Parameters.Parameter parameter)
    {
        parameter.Values[1] += 3;
        parameter.Touch();
    }

    [Fact]
    public void Calls_WrongLengths_NameThemAndWriteNothing()
    {
        using var stretch = Stretch(Layers());
        Assert.Throws<ArgumentException>("x", () => stretch.Forward(new float[s_image.Length + 1], s_image));
        Assert.Throws<ArgumentException>("x", () => stretch.Forward([], s_image));
        Assert.Throws<ArgumentOutOfRangeException>("image", () => stretch.Forward(new float[3], new FeatureShape(3, 0, 1)));
        Assert.Throws<ArgumentException>("y", () => stretch.Infer(new float[s_image.Length], s_image, new float[1]));
        using var pass = stretch.Forward(RandomTensor.Floats(2 * s_image.Length, 1), s_image);
        Assert.Throws<ArgumentException>("y", () => pass.CopyOutput(new float[3]));
        Assert.Throws<ArgumentException>("dy", () => pass.Backward(new float[3], []));
        Assert.Throws<ArgumentException>("dx", () => pass.Backward(Dy(2 * pass.Output.Length), new float[1]));
        Assert.All(stretch.Parameters, parameter => Assert.DoesNotContain(parameter.Gradient, value => value != 0));
        Assert.Throws<ArgumentException>(() => stretch.Forward(new float[4 * 36], new FeatureShape(4, 6, 6)));
        stretch.Dispose();
        Assert.Throws<ObjectDisposedException>(() => stretch.Forward(new float[s_image.Length], s_image));
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Forget(NetworkStretch stretch, float[] x, HashSet<object> built) => built.Add(stretch.Forward(x, s_image).Memory);

    private static Layer[] Layers() =>
    [
        new Conv2d("conv1", 3, 20, 3, padding: 1, bias: false), new BatchNorm2d("bn1", 20, relu: true), new MaxPool2d("pool", 2),
        new Dropout("drop", 0.3f), new Conv2d("conv2", 20, 8, 3), new Relu("relu"), new AdaptiveAvgPool2d("mean", 1),
        new Linear("fc", new FeatureShape(8, 1, 1), 5),
    ];

    private static NetworkGraph Graph(Layer[] layers)
    {
        var builder = new GraphBuilder();
        return builder.Build(builder.AddRow(layers, builder.Input(s_image)));
    }

    private static NetworkStretch Stretch(Layer[] layers)
    {
        var stretch = new NetworkStretch(Graph(layers), new StretchOptions { Schedule = KernelSchedule.Reproducible });
        Initialise(stretch);
        return stretch;
    }

    private static void Initialise(NetworkStretch stretch)
    {
        for (var i = 0; i < stretch.Parameters.Count; i++)
        {
            var random = new RandomSource(7, 0, (ulong)i);
            stretch.Parameters[i].Initialise(ref random);
        }
    }

    private static (float[] Y, float[] Dx) Run(NetworkStretch stretch, float[] x, FeatureShape? image = null, long step = 0)
    {
        using var pass = stretch.Forward(x, image ?? s_image, step);
        return Back(stretch, pass, image);
    }

    private static (float[] Y, float[] Dx) Back(NetworkStretch stretch, StretchPass pass, FeatureShape? image = null)
    {
        var size = image ?? s_image;
        Assert.Equal(stretch.OutputOf(size), pass.Output);
        var (y, dx) = (new float[pass.Images * pass.Output.Length], new float[pass.Images * size.Length]);
        pass.CopyOutput(y);
        pass.Backward(Dy(y.Length), dx);
        return (y, dx);
    }

    private static float[] Dy(int length) => RandomTensor.Floats(length, 77);

    private static double Slope(Func<float> get, Action<float> set, Func<float[]> y)
    {
        const float H = 1e-2f;
        var before = get();
        double At(float value)
        {
            set(value);
            var got = y();
            return got.Zip(Dy(got.Length), (a, b) => (double)a * b).Sum();
        }

        var slope = (At(before + H) - At(before - H)) / (2 * H);
        set(before);
        return slope;
    }

    private static double[] Near(float[] values) => [.. values.Select(value => 1e-5 * (1 + Math.Abs(value)))];

    private static void AssertSame((float[] Y, float[] Dx) expected, (float[] Y, float[] Dx) actual, string what)
    {
        Expect.Close(expected.Y, actual.Y, Near(expected.Y), $"y of {what}");
        Expect.Close(expected.Dx, actual.Dx, Near(expected.Dx), $"dx of {what}");
    }
}
