using SparseKernels.TestSupport;
using SparseKernels.Threading;
using SparseKernels.Training.Data;
using SparseKernels.Training.Folding;
using SparseKernels.Training.Graphs;
using SparseKernels.Training.Layers;
using SparseKernels.Training.Layers.BatchNormalisation;
using SparseKernels.Training.Layers.Convolutions;
using SparseKernels.Training.Layers.Elementwise;
using SparseKernels.Training.Layers.Merging;
using SparseKernels.Training.Layers.Pooling;
using SparseKernels.Training.Models;
using SparseKernels.Training.Networks;
using SparseKernels.Training.Optimisation;
using SparseKernels.Training.Parameters;
using SparseKernels.Training.Randomness;
using SparseKernels.Training.Tensors;
using SparseKernels.Training.Tests.Support;
using Xunit;

namespace SparseKernels.Training.Tests;

public class PredictorTests
{
    private static readonly PredictorOptions s_reproducible = new() { Topology = ComputeTopology.FromThreads(2), Schedule = KernelSchedule.Reproducible };

    /// <summary>Each with the sizes of its images. Emulation leaves out the 121 layers of the last one.</summary>
    public static TheoryData<string, int, int> Models
    {
        get
        {
            var side = TestScale.Side(32);
            var data = new TheoryData<string, int, int> { { "vgg-small", 3, side }, { "resnet20", 3, side }, { "lenet", 1, TestScale.Side(28) }, { "mobilenet_v2", 3, 32 } };
            if (!TestScale.IsSmall) data.Add("densenet121", 3, 32);
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void Predict_AnyModelAndCount_EqualsTheNetwork(string model, int channels, int size)
    {
        using var network = ModelCatalogue.Create(
            model, new FeatureShape(channels, size, size), 10, batch: 2, topology: ComputeTopology.FromThreads(2), schedule: KernelSchedule.Reproducible);
        RandomiseNormalisation(network);
        using var predictor = new Predictor(network, s_reproducible);
        foreach (var count in new[] { 1, 3, 16, 21 })
        {
            var images = Samples.Gaussian(count * network.Input.Length, (ulong)count);
            var expected = Logits(network, images);
            Assert.InRange(SmallNetwork.Distance(expected, Logits(predictor, images)), 0, 1e-5);
            Assert.True(expected.Max() - expected.Min() > 1e-3, "the logits are all alike");
        }

        Assert.Equal((model, network.Input, 10), (predictor.Name, predictor.Input, predictor.Classes));
    }

    [Fact]
    public void Predict_MaskedWeights_RunsFewImagesPlanarAndEqualsTheNetwork()
    {
        using var network = ModelCatalogue.Create(
            "vgg-small", new FeatureShape(3, 32, 32), 10, batch: 2, topology: ComputeTopology.FromThreads(2), schedule: KernelSchedule.Reproducible);
        RandomiseNormalisation(network);
        foreach (var parameter in network.Parameters.Where(parameter => parameter.Shape.Length == 4)) Mask(parameter, density: 0.05f);
        using var predictor = new Predictor(network, s_reproducible);
        Assert.Equal(BlockedLayout.Planar, predictor.LayoutOf(1));
        Assert.Equal(BlockedLayout.BatchBlocked, predictor.LayoutOf(16));
        Assert.Equal(BlockedLayout.BatchBlocked, predictor.LayoutOf(100));
        foreach (var count in new[] { 1, 5, 16 })
        {
            var images = Samples.Gaussian(count * network.Input.Length);
            Assert.InRange(SmallNetwork.Distance(Logits(network, images), Logits(predictor, images)), 0, 1e-5);
        }
    }

    [Theory]
    [InlineData(1.0)]
    [InlineData(0.1)]
    public void Predict_ManyThreads_GivesTheBitsOfOne(double density)
    {
        using var network = SmallNetwork.Create(batch: 4);
        RandomiseNormalisation(network);
        if (density < 1) SmallNetwork.Mask(network, density);
        using var predictor = new Predictor(network, s_reproducible);
        var calls = Enumerable.Range(0, 24).Select(i => Samples.Gaussian((1 + (i * 5 % 19)) * network.Input.Length, (ulong)i)).ToArray();
        for (var i = 0; i < calls.Length; i += 2) calls[i].AsSpan(0, calls[i].Length / 2).Clear();
        var expected = calls.Select(images => Logits(predictor, images)).ToArray();
        var wrong = 0;
        Parallel.For(0, 12, new ParallelOptions { MaxDegreeOfParallelism = 12, CancellationToken = TestContext.Current.CancellationToken }, thread =>
        {
            for (var j = 0; j < 40; j++)
            {
                var i = ((thread * 7) + (j * 5)) % calls.Length;
                if (!Logits(predictor, calls[i]).AsSpan().SequenceEqual(expected[i])) Interlocked.Increment(ref wrong);
            }
        });
        Assert.Equal(0, wrong);
    }

    [Fact]
    public void Predict_NewPredictor_GivesTheSameBitsInAnyOrder()
    {
        using var network = SmallNetwork.Create(batch: 4);
        using var first = new Predictor(network, s_reproducible);
        using var second = new Predictor(network, s_reproducible with { Topology = ComputeTopology.FromThreads(1) });
        var (a, b) = (Samples.Gaussian(3 * network.Input.Length), new float[3 * network.Input.Length]);
        var (ofA, ofB) = (Logits(first, a), Logits(first, b));
        Assert.Equal(ofB, Logits(second, b));
        Assert.Equal(ofA, Logits(second, a));
    }

    [Fact]
    public void Predict_NetworkTrainsOn_StaysAsItWas()
    {
        using var network = SmallNetwork.Create(batch: 4);
        using var predictor = new Predictor(network, s_reproducible);
        var images = Samples.Gaussian(2 * network.Input.Length);
        var before = Logits(predictor, images);
        network.Step(
            Samples.Gaussian(4 * network.Input.Length), Samples.Labels(4, network.Classes), new Sgd(network.Parameters, threads: 1), 0.1f);

        // Another number of images packs weights only now.
        Assert.Equal(before, Logits(predictor, images));
        Assert.InRange(SmallNetwork.Distance(before[..network.Classes], Logits(predictor, images[..network.Input.Length])), 0, 1e-5);
        Assert.True(SmallNetwork.Distance(Logits(network, images), before) > 1e-3);
    }

    [Fact]
    public void PredictProbabilities_AnyNetwork_AddUpToOne()
    {
        using var network = SmallNetwork.Create(batch: 4);
        using var predictor = new Predictor(network, s_reproducible);
        var images = Samples.Gaussian(3 * network.Input.Length);
        var (logits, got) = (Logits(predictor, images), new float[3 * network.Classes]);
        predictor.PredictProbabilities(images, got);
        for (var n = 0; n < 3; n++)
        {
            var exponentials = logits.Skip(n * network.Classes).Take(network.Classes).Select(value => Math.Exp(value)).ToArray();
            for (var k = 0; k < network.Classes; k++) Assert.Equal(exponentials[k] / exponentials.Sum(), got[(n * network.Classes) + k], 1e-6);
        }
    }

    [Fact]
    public void PredictProbabilities_NetworkThatEndsInSoftmax_GivesWhatItGives()
    {
        using var network = Row(new Softmax("softmax"));
        using var predictor = new Predictor(network, s_reproducible);
        var images = Samples.Gaussian(2 * network.Input.Length);
        var got = new float[2 * network.Classes];
        predictor.PredictProbabilities(images, got);
        Assert.Equal(Logits(predictor, images), got);
        Assert.Equal(1, got.Take(network.Classes).Sum(), 1e-5);
    }

    [Theory]
    [InlineData(1, BlockedLayout.Planar)]
    [InlineData(2, BlockedLayout.ChannelBlocked)]
    public void Predict_LargeTensorsOfManySizes_TakeTurnsAndSpoilNoBorder(int seed, BlockedLayout layout)
    {
        // Strided, depthwise, pooled and joined: every kind of layer writes where one of other sizes has written, images of 16 times the values before.
        using var network = ModelCatalogue.Create(
            seed == 1 ? "mobilenet_v2" : "squeezenet1_1", new FeatureShape(3, 128, 128), 10, batch: 1, topology: ComputeTopology.FromThreads(2),
            schedule: KernelSchedule.Reproducible);
        RandomiseNormalisation(network);
        var images = Samples.Gaussian(network.Input.Length, (ulong)seed);
        var large = Array.ConvertAll(images, value => 16 * value);
        var graph = network.Take(graph => InferenceFolding.Of(graph, sharesOwn: false));
        var expected = Logits(network, images);
        float[]? own = null;
        foreach (var reuses in new[] { false, true })
        {
            using var plans = new SharedPlans();
            using var built = new BuiltNetwork(
                graph.Twin(),
                new Workspace(1, ComputeTopology.FromThreads(2), 0, KernelSchedule.Reproducible, layout: layout, border: Borders.Of(graph.Layers, layout), reusesTensors: reuses, plans: plans));
            var logits = new float[10];
            foreach (var values in new[] { large, images, large, images })
            {
                built.Load(0, values);
                built.Forward(training: false);
                built.CopyOutput(0, logits);
            }

            Assert.InRange(SmallNetwork.Distance(expected, logits), 0, 1e-5);

            // The same bits, however small the logits are.
            Assert.Equal(own ??= logits, logits);
        }
    }

    [Fact]
    public void Predict_ActivationsBehindConvolutions_AreDoneInThemWhereNobodyElseReads()
    {
        // conv → ReLU6; conv → normalisation → clip; conv → {ReLU, add}: the last stays a layer.
        var builder = new GraphBuilder();
        var first = builder.AddRow([new Conv2d("conv1", 3, 6, 3), new Relu6("relu6")], builder.Input(SmallNetwork.Input));
        var second = builder.AddRow([new Conv2d("conv2", 6, 6, 1), new BatchNorm2d("bn", 6), new Clip("clip", 0.25f, 0.5f)], first);
        var third = builder.Add(new Conv2d("conv3", 6, 6, 1), second);
        var sum = builder.Add(new Add("add"), builder.Add(new Relu("relu"), third), third);
        using var network = Network.FromGraph("n", builder.Build(builder.AddRow([new AdaptiveAvgPool2d("avg", 1), new Linear("fc", new FeatureShape(6, 1, 1), SmallNetwork.Classes)], sum)), batch: 2);
        RandomiseNormalisation(network);
        var folded = network.Take(graph => InferenceFolding.Of(graph, sharesOwn: false));
        Assert.Equal(["conv1", "conv2", "conv3", "relu", "add", "avg", "fc"], folded.Layers.Select(layer => layer.Name));
        using var predictor = new Predictor(network, s_reproducible);
        var images = Samples.Gaussian(2 * network.Input.Length);
        Assert.InRange(SmallNetwork.Distance(Logits(network, images), Logits(predictor, images)), 0, 1e-5);
    }

    [Fact]
    public void Predict_NormalisationWithoutReluAtTheEnd_IsFolded()
    {
        using var network = Row(new BatchNorm2d("bn", 5));
        RandomiseNormalisation(network);
        using var predictor = new Predictor(network, s_reproducible);
        var images = Samples.Gaussian(2 * network.Input.Length);
        Assert.InRange(SmallNetwork.Distance(Logits(network, images), Logits(predictor, images)), 0, 1e-5);
    }

    [Fact]
    public void Constructor_OwnLayerWithWeights_NeedsTheNetwork()
    {
        var network = Row(new Gain("gain", 5));
        Assert.Contains("gain", Assert.Throws<ArgumentException>(() => new Predictor(network)).Message, StringComparison.Ordinal);
        var images = Samples.Gaussian(2 * network.Input.Length);
        network.Parameters[^1].Value[1] = 7;
        network.Touch();
        var expected = Logits(network, images);
        using (var predictor = new Predictor(network, s_reproducible with { OwnsNetwork = true })) Assert.Equal(expected, Logits(predictor, images));
        Assert.Throws<ObjectDisposedException>(() => Logits(network, images));
    }

    [Fact]
    public void Constructor_OwnsNetworkOfLibraryLayers_DisposesItAtOnce()
    {
        var network = SmallNetwork.Create(batch: 4);
        using var predictor = new Predictor(network, s_reproducible with { OwnsNetwork = true });
        Assert.Throws<ObjectDisposedException>(() => Logits(network, new float[network.Input.Length]));
        Assert.All(Logits(predictor, new float[network.Input.Length]), value => Assert.True(float.IsFinite(value)));
    }

    [Fact]
    public void Constructor_BadArguments_AreNamed()
    {
        using var network = SmallNetwork.Create(batch: 4);
        Assert.Throws<ArgumentNullException>("network", () => new Predictor(null!));
        Assert.Contains(
            "4 classes", Assert.Throws<ArgumentException>("options", () => new Predictor(network, new() { ClassNames = ["a", "b"] })).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Predict_BadArguments_AreNamedAndNothingIsWritten()
    {
        using var network = SmallNetwork.Create(batch: 4);
        using var predictor = new Predictor(network, s_reproducible);
        var (images, logits) = (new float[2 * network.Input.Length], new float[] { 9, 9, 9, 9 });
        Assert.Throws<ArgumentException>("logits", () => predictor.Predict(images, new float[7]));
        Assert.Throws<ArgumentException>("logits", () => predictor.Predict(images, []));
        Assert.Throws<ArgumentException>("images", () => predictor.Predict(images, logits));
        Assert.Throws<ArgumentException>("probabilities", () => predictor.PredictProbabilities(images, new float[7]));
        Assert.Throws<ArgumentOutOfRangeException>("count", () => predictor.LayoutOf(0));
        Assert.Throws<ArgumentException>("images", () => predictor.PredictProbabilities(images, logits));
        Assert.Equal([9, 9, 9, 9], logits);
    }

    [Fact]
    public void Dispose_WhileCallsRun_LetsThemEnd()
    {
        using var network = SmallNetwork.Create(batch: 4);
        for (var round = 0; round < 5; round++)
        {
            var predictor = new Predictor(network, s_reproducible);
            var images = Samples.Gaussian(19 * network.Input.Length);
            var expected = Logits(predictor, images);
            using var began = new CountdownEvent(3);
            var (wrong, ended) = (0, 0);
            var threads = Enumerable.Range(0, 3).Select(_ => new Thread(() =>
            {
                began.Signal();
                try
                {
                    while (true)
                    {
                        if (!Logits(predictor, images).AsSpan().SequenceEqual(expected)) Interlocked.Increment(ref wrong);
                    }
                }
                catch (ObjectDisposedException e) when (e.ObjectName == nameof(Predictor))
                {
                    Interlocked.Increment(ref ended);
                }
            })).ToArray();
            foreach (var thread in threads) thread.Start();
            began.Wait(TestContext.Current.CancellationToken);
            predictor.Dispose();
            predictor.Dispose();
            foreach (var thread in threads) thread.Join();
            Assert.Equal((0, 3), (wrong, ended));
        }
    }

    [Fact]
    public void Load_Checkpoint_EqualsTheTrainersNetwork()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("run.safetensors");
        var (images, expected) = (Array.Empty<float>(), Array.Empty<float>());
        using (var trainer = new Trainer(Options(path)))
        {
            trainer.Run(cancellation: TestContext.Current.CancellationToken);
            images = Samples.Gaussian(2 * trainer.Network.Input.Length);
            expected = Logits(trainer.Network, images);
        }

        using var predictor = Predictor.Load(path, s_reproducible);
        Assert.Equal(("lenet", 4), (predictor.Name, predictor.Classes));
        Assert.Equal(["left", "right", "up", "down"], predictor.ClassNames);
        Assert.InRange(SmallNetwork.Distance(expected, Logits(predictor, images)), 0, 1e-5);
        using var renamed = Predictor.Load(path, s_reproducible with { ClassNames = ["a", "b", "c", "d"] });
        Assert.Equal(["a", "b", "c", "d"], renamed.ClassNames);
    }

    [Fact]
    public void Load_CheckpointOfANetworkOfOnesOwn_NeedsItsFactory()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("run.safetensors");
        Network Make(NetworkRequest wanted) => wanted.Make([
            new Conv2d("conv", wanted.Input.Channels, 8, 3), new Gain("gain", 8),
            new Linear("fc", new FeatureShape(8, wanted.Input.Height - 2, wanted.Input.Width - 2), wanted.Classes),
        ]);
        using (var trainer = new Trainer(Options(path) with { Model = "mine", NetworkFactory = Make }))
            trainer.Run(cancellation: TestContext.Current.CancellationToken);
        Assert.Contains("'mine'", Assert.Throws<InvalidDataException>(() => Predictor.Load(path)).Message, StringComparison.Ordinal);
        using var predictor = Predictor.Load(path, s_reproducible, Make);
        Assert.Equal("mine", predictor.Name);
        Assert.All(Logits(predictor, Samples.Gaussian(predictor.Input.Length)), value => Assert.True(float.IsFinite(value)));
        Assert.Throws<ArgumentException>("make", () => Predictor.Load(path, s_reproducible, wanted => Make(wanted with { Classes = 3 })));
    }

    [Fact]
    public void Load_CheckpointWithoutSizes_SaysSo()
    {
        using var folder = new TemporaryFolder();
        SmallCheckpoint.Make().Save(folder.File("old.safetensors"));
        var message = Assert.Throws<InvalidDataException>(() => Predictor.Load(folder.File("old.safetensors"))).Message;
        Assert.Contains("sizes of images", message, StringComparison.Ordinal);
        Assert.Contains("old.state.safetensors", message, StringComparison.Ordinal);
        Assert.Throws<FileNotFoundException>(() => Predictor.Load(folder.File("none.safetensors")));
    }

    private static TrainerOptions Options(string path) => new()
    {
        Model = "lenet",
        TrainingData = new NamedImages(SyntheticDataSet.Create(DataSplit.Training, 40, seed: 3)),
        TestData = new NamedImages(SyntheticDataSet.Create(DataSplit.Test, 20, seed: 3)),
        Normalisation = Normalisation.Cifar10,
        Epochs = 1,
        Batch = 10,
        CheckpointPath = path,
        Topology = ComputeTopology.FromThreads(2),
    };

    private static Network Row(Layer last) => new(
        "row", new FeatureShape(3, 4, 4), [new Conv2d("conv1", 3, 7, 3), new Relu("relu"), new Conv2d("conv2", 7, 5, 2), last], 4, seed: 1,
        ComputeTopology.FromThreads(2), KernelSchedule.Reproducible);

    private static void RandomiseNormalisation(Network network)
    {
        var random = new RandomSource(5);
        foreach (var tensor in network.State)
        {
            if (tensor.Name.EndsWith("running_mean", StringComparison.Ordinal)) Fill(tensor.Values, ref random, -0.3f, 0.3f);
            else if (tensor.Name.EndsWith("running_var", StringComparison.Ordinal)) Fill(tensor.Values, ref random, 0.5f, 1.5f);
            else if (tensor.Shape.Length == 1 && tensor.Name.EndsWith("weight", StringComparison.Ordinal)) Fill(tensor.Values, ref random, -0.5f, 1.5f);
            else if (tensor.Shape.Length == 1) Fill(tensor.Values, ref random, -0.2f, 0.2f);
        }

        network.Touch();
    }

    private static void Fill(float[] values, ref RandomSource random, float from, float to)
    {
        foreach (ref var value in values.AsSpan()) value = random.NextSingle(from, to);
    }

    private static void Mask(Parameter parameter, float density)
    {
        var random = new RandomSource(11);
        var keep = new bool[parameter.Value.Length];
        foreach (ref var bit in keep.AsSpan()) bit = random.NextSingle(0, 1) < density;
        parameter.Mask = SmallNetwork.MaskOf(parameter, keep);
    }

    private static float[] Logits(Network network, float[] images)
    {
        var logits = new float[images.Length / network.Input.Length * network.Classes];
        network.Predict(images, logits);
        return logits;
    }

    private static float[] Logits(Predictor predictor, float[] images)
    {
        var logits = new float[images.Length / predictor.Input.Length * predictor.Classes];
        predictor.Predict(images, logits);
        return logits;
    }

    /// <summary>Multiplies each channel by a weight: a layer of one's own that is trained.</summary>
    private sealed class Gain(string name, int channels) : CustomLayer(name)
    {
        public override IReadOnlyList<Parameter> Parameters { get; } = [new Parameter($"{name}.weight", [channels], Initialisation.Constant(2))];

        protected override void Forward(bool training) => ForEachPlane(Y, this, static (layer, plane) =>
        {
            var gain = layer.Y.PerChannel(plane, layer.Parameters[0].Value);
            for (var row = 0; row < layer.Y.Height; row++)
                for (var column = 0; column < layer.Y.Width; column++) layer.Y.Pixel(plane, row, column) = layer.X.Pixel(plane, row, column) * gain;
        });

        protected override void Backward() => ForEachPlane(Dx, this, static (layer, plane) =>
        {
            var gain = layer.Dx.PerChannel(plane, layer.Parameters[0].Value);
            for (var row = 0; row < layer.Dx.Height; row++)
                for (var column = 0; column < layer.Dx.Width; column++) layer.Dx.Pixel(plane, row, column) = layer.Dy.Pixel(plane, row, column) * gain;
        });
    }
}
