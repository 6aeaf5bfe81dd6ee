using SparseKernels.Tensors;
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
using SparseKernels.Training.Tensors;
using SparseKernels.Training.Tests.Support;
using SparseKernels.Training.Traffic;
using Xunit;

namespace SparseKernels.Training.Tests.Graphs;

/// <summary>Graphs that run: what layers do to tensors that others read, gradients that meet, memory that is used again.</summary>
public static class BuiltGraphTests
{
    private const int Batch = 5;

    private static readonly FeatureShape s_input = new(18, 4, 5);

    [Theory]
    [InlineData(BlockedLayout.ChannelBlocked)]
    [InlineData(BlockedLayout.BatchBlocked)]
    public static void Relu_TensorWithAnotherReader_LeavesItAsItWas(BlockedLayout layout)
    {
        using var probe = new LayerProbe(
            new Composition("c", (graph, x) => graph.Add(new Add("add"), x, graph.Add(new Relu("relu"), x))), s_input, Batch, layout: layout);
        var x = Samples.Gaussian(probe.InputLength);
        var dy = Samples.Gaussian(probe.InputLength, seed: 5);
        Assert.Equal(x.Select(value => value + Math.Max(value, 0)), probe.Forward(x));
        Assert.Equal(dy.Zip(x, (g, value) => value > 0 ? g + g : g), probe.Backward(dy));
    }

    [Fact]
    public static void ReluBehindDropout_TensorWithAnotherReader_LeavesItAsItWasInInference()
    {
        // Dropout hands its input on as it is: what stands behind it must not write it.
        using var probe = new LayerProbe(
            new Composition(
                "c", (graph, x) => graph.Add(new Add("add"), x, graph.Add(new Relu("relu"), graph.Add(new Dropout("drop"), x)))), s_input, Batch);
        var x = Samples.Gaussian(probe.InputLength);
        Assert.Equal(x.Select(value => value + Math.Max(value, 0)), probe.Forward(x, training: false));
    }

    [Fact]
    public static void Relu_BehindALayerThatNeedsItsOutput_LeavesItAsItWas()
    {
        var (keeps, relu, own) = (new Keeper("keeps"), new Relu("relu"), new Relu("in place"));
        using var probe = new LayerProbe(new Composition("c", (graph, x) => graph.Add(own, graph.Add(relu, graph.Add(keeps, x))), keeps, relu, own), s_input, Batch);
        Assert.False(relu.MayWriteInput);
        Assert.True(own.MayWriteInput);
        var x = Samples.Gaussian(probe.InputLength);
        probe.Forward(x);
        Assert.Equal(x, keeps.Output());
    }

    [Fact]
    public static void Dropout_TensorWithAnotherReader_DoesNotKeepElementsFromBeingComputed()
    {
        // Where y's mask is skipped, a convolution leaves out what the layer behind it would drop: here the concatenation reads it too.
        Conv2d alone = new("conv", 18, 20, 3, padding: 1), shared = new("conv", 18, 20, 3, padding: 1);
        var composition = new Composition(
            "c", (graph, x) =>
            {
                var y = graph.Add(shared, x);
                return graph.Add(new Concat("cat"), y, graph.Add(new Dropout("drop", 0.6f), y));
            });
        foreach (var pair in OperandPair.All)
        {
            using LayerProbe both = new(composition, s_input, Batch, schedule: KernelSchedule.Forced(pair)), one = new(alone, s_input, Batch, schedule: KernelSchedule.Forced(pair));
            var x = Samples.Gaussian(both.InputLength);
            float[] y = both.Forward(x), expected = one.Forward(x);
            for (var i = 0; i < expected.Length; i++) Assert.Equal(expected[i], y[(i / 400 * 800) + (i % 400)], 1e-4);
            var zeros = y.Chunk(800).Sum(image => image.AsSpan(400).Count(0f));
            Assert.InRange(zeros / (400.0 * Batch), 0.5, 0.7);
        }
    }

    [Theory]
    [InlineData(BlockedLayout.ChannelBlocked)]
    [InlineData(BlockedLayout.BatchBlocked)]
    public static void Step_EverySchedule_TrainsAsDenseDoes(BlockedLayout layout)
    {
        var images = Samples.Gaussian(18 * SmallNetwork.Input.Length);
        var labels = Samples.Labels(18, SmallNetwork.Classes);
        using var dense = Make(KernelSchedule.Dense, layout);
        var expected = Train(dense);
        foreach (var schedule in (KernelSchedule[])[.. OperandPair.All.Select(KernelSchedule.Forced), KernelSchedule.Reproducible])
        {
            using var network = Make(schedule, layout);
            Assert.Equal(expected, Train(network), 1e-3);
            foreach (var (one, other) in dense.State.Zip(network.State)) Assert.InRange(SmallNetwork.Distance(one.Values, other.Values), 0, 3e-2);
        }

        double Train(Network network)
        {
            var sgd = new Sgd(network.Parameters, threads: 1);
            for (var step = 0; step < 2; step++) network.Step(images, labels, sgd, 0.05f);
            return network.Step(images, labels, sgd, 0.05f).Loss;
        }
    }

    [Fact]
    public static void Predict_TensorsUsedAgain_GivesWhatTrainingTensorsGive()
    {
        // A batch that training is built for is inferred on training's own tensors, a smaller one on tensors that take turns.
        foreach (var layout in TrainingLayouts.All)
        {
            using var network = Make(KernelSchedule.Dense, layout);
            var images = Samples.Gaussian(16 * SmallNetwork.Input.Length);
            network.ComputeGradients(images, Samples.Labels(16, SmallNetwork.Classes));
            float[] own = new float[16 * SmallNetwork.Classes], again = new float[own.Length];
            network.Predict(images, own);
            network.ComputeGradients(Samples.Gaussian(40 * SmallNetwork.Input.Length), Samples.Labels(40, SmallNetwork.Classes));
            network.Initialise();
            network.ComputeGradients(Samples.Gaussian(40 * SmallNetwork.Input.Length), Samples.Labels(40, SmallNetwork.Classes));
            using var other = Make(KernelSchedule.Dense, layout);
            other.ComputeGradients(images, Samples.Labels(16, SmallNetwork.Classes));
            foreach (var (from, to) in other.State.Zip(network.State)) from.Values.CopyTo(to.Values, 0);
            network.Touch();
            network.Predict(images, again);
            Assert.InRange(SmallNetwork.Distance(own, again), 0, 1e-5);
            Assert.InRange(network.InferenceActivationBytes(16), 1, network.ActivationBytes * 16 / (layout == BlockedLayout.BatchBlocked ? 48 : 40) * 9 / 10);
        }
    }

    [Fact]
    public static void Release_BranchesInARow_ReusesATensorBehindItsLastReader()
    {
        // conv1 → {conv2, conv3} → add → conv4: conv4 may write what conv1 wrote, which the add's inputs are made of.
        Layer[] layers = [.. Enumerable.Range(1, 4).Select(i => new Conv2d($"conv{i}", 18, 18, 1))];
        var builder = new GraphBuilder();
        var first = builder.Add(layers[0], builder.Input(s_input));
        var sum = builder.Add(new Add("add"), builder.Add(layers[1], first), builder.Add(layers[2], first));
        var graph = builder.Build(builder.Add(layers[3], sum));
        using var workspace = new Workspace(Batch, ComputeTopology.FromThreads(1), 1, reusesTensors: true);
        using var x = workspace.CreateTensor(s_input);
        workspace.TakeMade();
        using var built = new BuiltGraph(graph, s_input, workspace, mayWriteInput: false);
        var sizes = (long)x.Length * sizeof(float);

        // x; the first, both branches; the sum lies where the first lay, the last where a branch lay.
        Assert.Equal(4 * sizes, workspace.TensorBytes);
    }

    [Fact]
    public static void Backward_BranchesThatLearnNothing_GetNoGradient()
    {
        var (pool, below) = (new Counting("below"), new Counting("above"));
        var builder = new GraphBuilder();
        var x = builder.Input(SmallNetwork.Input);
        var still = builder.Add(pool, x);
        var joined = builder.Add(new Concat("cat"), builder.Add(below, builder.Add(new Conv2d("conv", 3, 5, 1), x)), still);
        var output = builder.AddRow([new AvgPool2d("avg"), new Linear("fc", new FeatureShape(8, 1, 1), SmallNetwork.Classes)], joined);
        using var network = Network.FromGraph("n", builder.Build(output), batch: 2);
        network.ComputeGradients(Samples.Gaussian(2 * SmallNetwork.Input.Length), [0, 1]);
        Assert.Equal((0, 1), (pool.Backwards, below.Backwards));
    }

    [Fact]
    public static void Backward_DropoutBehindAPooledNormalisation_EqualsTheLayersApart()
    {
        // The normalisation's Backward reads its output, which a dropout would otherwise overwrite.
        foreach (var layout in TrainingLayouts.All)
        {
            using var pooled = Make(new PooledBatchNorm2d("bn", 18));
            using var apart = Make(new BatchNorm2d("bn", 18, relu: true), new MaxPool2d("max", 2));
            foreach (var network in (Network[])[pooled, apart])
                network.ComputeGradients(Samples.Gaussian(18 * SmallNetwork.Input.Length), Samples.Labels(18, SmallNetwork.Classes));
            foreach (var (expected, parameter) in apart.Parameters.Zip(pooled.Parameters))
                Assert.InRange(SmallNetwork.Distance(expected.Gradient, parameter.Gradient), 0, 1e-4);

            Network Make(params Layer[] normalisation)
            {
                var builder = new GraphBuilder();
                var x = builder.AddRow([new Conv2d("conv1", 3, 18, 3, padding: 1, bias: false), .. normalisation, new Dropout("drop", 0.5f)], builder.Input(SmallNetwork.Input));
                var logits = builder.AddRow([new AvgPool2d("avg"), new Linear("fc", new FeatureShape(18, 1, 1), SmallNetwork.Classes)], x);
                return Network.FromGraph("n", builder.Build(logits), 18, 1, ComputeTopology.FromThreads(2), KernelSchedule.Dense, layout: layout);
            }
        }
    }

    [Theory]
    [InlineData(BlockedLayout.ChannelBlocked)]
    [InlineData(BlockedLayout.BatchBlocked)]
    public static void Backward_ReadersOfANormalisation_ItsGradientIsOfTheirSum(BlockedLayout layout)
    {
        // A copy behind the normalisation is the one layer that reads it, and adds up nothing itself.
        foreach (var readers in (int[])[2, 3])
        {
            var (taken, addedUp) = (Run(readers, copies: false), Run(readers, copies: true));
            Assert.InRange(SmallNetwork.Distance(addedUp.Dx, taken.Dx), 0, 1e-5);
            Assert.InRange(SmallNetwork.Distance(addedUp.Dw, taken.Dw), 0, 1e-5);
            Assert.Equal((readers - 2, readers - 1), (taken.Sums, addedUp.Sums));
        }

        (float[] Dx, float[] Dw, long Sums) Run(int readers, bool copies)
        {
            var norm = new BatchNorm2d("bn", s_input.Channels, relu: true);
            var composition = new Composition(
                "c",
                (graph, x) =>
                {
                    x = graph.Add(norm, x);
                    if (copies) x = graph.Add(new Counting("copy"), x);
                    var sum = graph.Add(new Add("add"), graph.Add(new Sigmoid("sigmoid"), x), graph.Add(new Silu("silu"), x));
                    return readers == 2 ? sum : graph.Add(new Add("third"), sum, x);
                },
                norm);
            using var probe = new LayerProbe(composition, s_input, Batch, layout: layout);
            probe.Forward(Samples.Gaussian(probe.InputLength));
            var dx = probe.Backward(Samples.Gaussian(probe.OutputLength, seed: 5));
            return (dx, norm.Parameters[0].Gradient, composition.Timings.Single(timing => timing.Name == "c").Calls(LayerPass.BackwardData));
        }
    }

    /// <summary>Tensors read twice, in place and not, a scale, a concatenation, and a batch normalisation that adds.</summary>
    private static Network Make(KernelSchedule schedule, BlockedLayout layout)
    {
        var graph = new GraphBuilder();
        var x = graph.AddRow([new Conv2d("conv1", 3, 18, 3, padding: 1), new BatchNorm2d("bn1", 18, relu: true)], graph.Input(SmallNetwork.Input));
        var inner = graph.AddRow([new Conv2d("conv2", 18, 18, 3, padding: 1), new Dropout("drop", 0.3f)], x);
        x = graph.Add(new BatchNorm2d("bn2", 18, relu: true), inner, x);
        x = graph.Add(new Concat("cat"), x, graph.AddRow([new Conv2d("conv3", 18, 7, 1), new Relu("relu3")], x));
        x = graph.Add(new Multiply("scale"), x, graph.AddRow([new AvgPool2d("pool"), new Conv2d("squeeze", 25, 25, 1)], x));
        var logits = graph.AddRow([new MaxPool2d("max", 2), new AvgPool2d("avg"), new Linear("fc", new FeatureShape(25, 1, 1), SmallNetwork.Classes)], x);
        return Network.FromGraph("graph", graph.Build(logits), 18, 1, ComputeTopology.FromThreads(2), schedule, layout: layout);
    }

    private sealed class Keeper(string name) : TimedLayer(name)
    {
        private BlockedTensor? _y;

        internal override bool KeepsOutput => true;

        public float[] Output()
        {
            var plain = new float[_y!.PlainLength];
            _y.CopyToNchw(plain);
            return plain;
        }

        internal override Layer Twin() => new Keeper(Name);

        private protected override BlockedTensor Run(BlockedTensor x, bool training, out LayerTraffic traffic)
        {
            x.CopyTo(_y!);
            traffic = LayerTraffic.Reading(x) + LayerTraffic.Writing(_y!);
            return _y!;
        }

        private protected override BlockedTensor RunBackward(BlockedTensor dy, out LayerTraffic traffic)
        {
            traffic = default;
            return dy;
        }

        private protected override FeatureShape Allocate(FeatureShape input)
        {
            _y = Workspace.CreateTensor(input);
            return input;
        }

        private protected override void Release() => _y?.Dispose();
    }

    private sealed class Counting(string name) : CustomLayer(name)
    {
        public int Backwards { get; private set; }

        protected override void Forward(bool training) => ForEachPlane(X, this, static (layer, plane) => Copy(layer.X, layer.Y, plane));

        protected override void Backward()
        {
            Backwards++;
            ForEachPlane(Dy, this, static (layer, plane) => Copy(layer.Dy, layer.Dx, plane));
        }

        private static void Copy(FeaturePlanes from, FeaturePlanes to, int plane)
        {
            for (var h = 0; h < from.Height; h++) from.Row(plane, h).CopyTo(to.Row(plane, h));
        }
    }
}
