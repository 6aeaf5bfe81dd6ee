using SparseKernels.Isa;
using SparseKernels.TestSupport;
using SparseKernels.Threading;
using SparseKernels.Training.Graphs;
using SparseKernels.Training.Layers;
using SparseKernels.Training.Layers.BatchNormalisation;
using SparseKernels.Training.Layers.Convolutions;
using SparseKernels.Training.Layers.Elementwise;
using SparseKernels.Training.Layers.Merging;
using SparseKernels.Training.Layers.Pooling;
using SparseKernels.Training.Networks;
using SparseKernels.Training.Optimisation;
using SparseKernels.Training.Randomness;
using SparseKernels.Training.Tensors;
using SparseKernels.Training.Tests.Support;
using Xunit;

namespace SparseKernels.Training.Tests.Networks;

/// <summary>Networks whose tensors are channel-blocked, batch-blocked, or change over.</summary>
[Collection(SoloCollection.Name)]
public static class NetworkLayoutTests
{
    private const int Batch = 18;

    private static readonly float[] s_images = Samples.Gaussian(Batch * SmallNetwork.Input.Length);

    private static readonly int[] s_labels = Samples.Labels(Batch, SmallNetwork.Classes);

    [Fact]
    public static void Step_EitherLayout_TrainsAlike()
    {
        using Network channels = Make(KernelSchedule.Dense, BlockedLayout.ChannelBlocked), batches = Make(KernelSchedule.Dense, BlockedLayout.BatchBlocked);
        Assert.Equal(BlockedLayout.BatchBlocked, batches.Layout);
        Sgd one = new(channels.Parameters, threads: 1), other = new(batches.Parameters, threads: 1);
        for (var step = 0; step < 3; step++)
        {
            Assert.Equal(channels.Step(s_images, s_labels, one, 0.05f).Loss, batches.Step(s_images, s_labels, other, 0.05f).Loss, 1e-3);
        }

        foreach (var (expected, got) in channels.State.Zip(batches.State)) Assert.InRange(SmallNetwork.Distance(expected.Values, got.Values), 0, 2e-2);
        Assert.Equal(0, batches.LayoutChanges);
    }

    [Fact]
    public static void Step_ManyMaskedWeights_ChangesOverOnceAndGoesOnAsBefore()
    {
        using var network = MakeWide(layout: null);
        using var stays = MakeWide(BlockedLayout.ChannelBlocked);
        Sgd one = new(network.Parameters, threads: 1), other = new(stays.Parameters, threads: 1);
        var changes = 0;
        network.LayoutChanging = () => changes++;
        for (var step = 0; step < 40; step++)
        {
            var (loss, expected) = (network.Step(s_images, s_labels, one, 0.01f).Loss, stays.Step(s_images, s_labels, other, 0.01f).Loss);
            if (step < 6) Assert.Equal(expected, loss, 1e-3);
            Assert.Equal(step < 3 ? BlockedLayout.ChannelBlocked : BlockedLayout.BatchBlocked, network.Layout);
        }

        Assert.Equal((1, 1), (network.LayoutChanges, changes));
        Assert.Equal(40, network.StepsTaken);
        Assert.All(network.Plans, layer => Assert.Equal(BlockedLayout.BatchBlocked, layer.Plan.Choices.Layout));
    }

    [Fact]
    public static void Choices_OfBatchBlockedTensors_AreGoneOnFromToTheBit()
    {
        using var whole = MakeWide(layout: null);
        var optimiser = new Sgd(whole.Parameters, threads: 1);
        for (var step = 0; step < 6; step++) whole.Step(s_images, s_labels, optimiser, 0.01f);
        Assert.Equal(BlockedLayout.BatchBlocked, whole.Layout);

        using var resumed = MakeWide(layout: null);
        foreach (var (to, from) in resumed.State.Zip(whole.State)) from.Values.CopyTo(to.Values, 0);
        foreach (var (to, from) in resumed.Parameters.Zip(whole.Parameters)) from.Momentum.CopyTo(to.Momentum, 0);
        resumed.Touch();
        resumed.StepsTaken = whole.StepsTaken;
        resumed.Choices = [.. whole.Choices.Select(choices => LayerChoices.Parse(choices.Name, choices.ToText()))];
        Assert.Equal(BlockedLayout.BatchBlocked, resumed.Layout);
        whole.Touch();
        var second = new Sgd(resumed.Parameters, threads: 1);
        for (var step = 0; step < 30; step++)
            Assert.Equal(whole.Step(s_images, s_labels, optimiser, 0.01f).Loss, resumed.Step(s_images, s_labels, second, 0.01f).Loss);
        foreach (var (expected, got) in whole.State.Zip(resumed.State)) Expect.SameBits(expected.Values, got.Values, expected.Name);
    }

    [Fact]
    public static void Choices_OfTwoLayouts_AreRefused()
    {
        using var network = Make(KernelSchedule.Reproducible, layout: null);
        var choices = network.Choices;
        var mixed = choices.Select((one, i) => i == 1 ? one with { Choices = one.Choices with { Layout = BlockedLayout.BatchBlocked } } : one).ToArray();
        Assert.Contains("two layouts", Assert.Throws<InvalidDataException>(() => network.Choices = mixed).Message);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    [InlineData(16)]
    [InlineData(40)]
    public static void Predict_EitherLayoutAndAnyNumberOfImages_GivesTheSameLogits(int count)
    {
        using Network channels = Make(KernelSchedule.Dense, BlockedLayout.ChannelBlocked), batches = Make(KernelSchedule.Dense, BlockedLayout.BatchBlocked);
        foreach (var each in (Network[])[channels, batches]) each.Step(s_images, s_labels, new Sgd(each.Parameters, threads: 1), 0.01f);
        var images = Samples.Gaussian(count * SmallNetwork.Input.Length);
        float[] expected = new float[count * SmallNetwork.Classes], got = new float[count * SmallNetwork.Classes];
        channels.Predict(images, expected);
        batches.Predict(images, got);
        Assert.InRange(SmallNetwork.Distance(expected, got), 0, 1e-3);
        var labels = Samples.Labels(count, SmallNetwork.Classes);
        Assert.Equal(channels.Evaluate(images, labels).Loss, batches.Evaluate(images, labels).Loss, 1e-3);
    }

    [Fact]
    public static void Predict_ManyMaskedWeights_KeepsItsLogitsWhileItChangesOver()
    {
        using var network = Make(KernelSchedule.Automatic, layout: null);
        SmallNetwork.Mask(network, 0.05);
        var images = Samples.Gaussian(16 * SmallNetwork.Input.Length);
        float[] first = new float[16 * SmallNetwork.Classes], logits = new float[16 * SmallNetwork.Classes];
        network.Predict(images, first);
        for (var call = 0; call < 40; call++)
        {
            network.Predict(images, logits);
            Assert.InRange(SmallNetwork.Distance(first, logits), 0, 1e-3);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public static void Forward_PlanarNetwork_GivesTheLogitsOfAChannelBlockedOne(int count)
    {
        // Every use of planar tensors: read, followed, not known, converted for one of two readers; steps, filters without padding, groups.
        var input = new FeatureShape(3, 23, 21);
        var graph = new GraphBuilder();
        var x = graph.AddRow(
            [
                new Conv2d("conv1", 3, 20, 7, stride: 2, padding: 3), new BatchNorm2d("bn1", 20, relu: true), new MaxPool2d("pool", 3, 2, 1),
                new Conv2d("conv2", 20, 24, 1), new Silu("silu"), new Dropout("dropout"),
            ],
            graph.Input(input));
        var a = graph.AddRow([new Conv2d("a1", 24, 24, 3, padding: 1, groups: 4), new BatchNorm2d("a2", 24)], x);
        var b = graph.AddRow([new AvgPool2d("b1", 3, 1, 1), new Relu("b2")], x);
        var sum = graph.Add(new Add("sum", relu: true), a, b);
        var narrow = graph.AddRow([new Conv2d("c1", 24, 16, 3), new Sigmoid("c2"), new Conv2d("c3", 16, 16, 3, stride: 2, padding: 1)], sum);
        var built = graph.Build(graph.AddRow([new AvgPool2d("mean"), new Linear("fc", new FeatureShape(16, 1, 1), 5)], narrow));
        var random = new RandomSource(1, RandomStreams.Initialisation, 0);
        foreach (var parameter in built.Layers.SelectMany(layer => layer.Parameters)) parameter.Initialise(ref random);
        foreach (var parameter in built.Layers.SelectMany(layer => layer.Parameters).Where(parameter => parameter.Shape.Length == 4))
        {
            for (var i = 0; i < parameter.Value.Length; i++) parameter.Value[i] = i % 3 == 0 ? parameter.Value[i] : 0;
            parameter.Touch();
        }

        var images = Samples.Gaussian(count * input.Length);
        var logits = new float[2][];
        foreach (var layout in (BlockedLayout[])[BlockedLayout.ChannelBlocked, BlockedLayout.Planar])
        {
            var twin = built.Twin();
            var workspace = new Workspace(
                count, ComputeTopology.FromThreads(2), seed: 1, KernelSchedule.Reproducible, layout: layout, border: Borders.Of(twin.Layers, layout), reusesTensors: true);
            using var network = new BuiltNetwork(twin, workspace, BlockedLayout.Planar);
            float[] one = new float[count * 5], again = new float[count * 5];
            Predict(one);
            Predict(again);
            Assert.InRange(SmallNetwork.Distance(one, again), 0, 1e-5);
            logits[layout == BlockedLayout.Planar ? 1 : 0] = one;
            Assert.Equal(layout == BlockedLayout.Planar ? 4 : 0, network.Plans.Count(layer => layer.Plan.Choices.Layout == BlockedLayout.Planar));

            void Predict(float[] to)
            {
                network.Load(0, images);
                network.Forward(training: false);
                network.CopyOutput(0, to.AsSpan(0, count * 5));
            }
        }

        Assert.InRange(SmallNetwork.Distance(logits[0], logits[1]), 0, 1e-4);
    }

    [Fact]
    public static void For_LayoutGiven_IsBuiltAnewInIt()
    {
        var graph = new GraphBuilder();
        var output = graph.AddRow([new Conv2d("conv", 3, 4, 3, padding: 1), new AvgPool2d("pool")], graph.Input(SmallNetwork.Input));
        using var networks = new InferenceNetworks(
            graph.Build(output),
            (batch, layout) => new Workspace(batch, ComputeTopology.FromThreads(1), seed: 1, layout: layout, border: layout == BlockedLayout.BatchBlocked ? 1 : 0),
            () => new LayoutChoice(goesByTime: false, isFixed: false));
        var channels = networks.For(16);
        Assert.Same(channels, networks.For(15, BlockedLayout.ChannelBlocked));
        var batches = networks.For(16, BlockedLayout.BatchBlocked);
        Assert.NotSame(channels, batches);
        Assert.Equal(BlockedLayout.BatchBlocked, batches.Workspace.Layout);
        Assert.Same(batches, networks.For(16, BlockedLayout.BatchBlocked));
    }

    [Fact]
    public static void Construction_UnknownLayout_NamesIt() =>
        Assert.Equal("layout", Assert.Throws<ArgumentOutOfRangeException>(() => Make(KernelSchedule.Dense, (BlockedLayout)7)).ParamName);

    /// <summary>A network whose convolutions are much faster batch-blocked, on any instruction set: all but 3 % of the weights are masked.</summary>
    private static Network MakeWide(BlockedLayout? layout)
    {
        var network = new Network(
            "wide", SmallNetwork.Input,
            [
                new Conv2d("conv1", 3, 64, 3, padding: 1, bias: false),
                new BatchNorm2d("bn1", 64, relu: true),
                new Conv2d("conv2", 64, 128, 1, bias: false),
                new BatchNorm2d("bn2", 128, relu: true),
                new Conv2d("conv3", 128, 128, 1, bias: false),
                new BatchNorm2d("bn3", 128, relu: true),
                new AvgPool2d("pool"),
                new Linear("fc2", new FeatureShape(128, 1, 1), SmallNetwork.Classes),
            ],
            Batch, seed: 1, ComputeTopology.FromThreads(2), KernelSchedule.Reproducible, Calibration.Default(InstructionSet.Current), layout);
        SmallNetwork.Mask(network, 0.03);
        return network;
    }

    private static Network Make(KernelSchedule schedule, BlockedLayout? layout) =>
        SmallNetwork.Create(Batch, schedule, layout: layout, calibration: Calibration.Default(InstructionSet.Current));
}
