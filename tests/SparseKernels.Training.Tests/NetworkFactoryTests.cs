using SparseKernels.Pruning.Strategies;
using SparseKernels.TestSupport;
using SparseKernels.Threading;
using SparseKernels.Training.Data;
using SparseKernels.Training.Graphs;
using SparseKernels.Training.Layers;
using SparseKernels.Training.Layers.Convolutions;
using SparseKernels.Training.Layers.Elementwise;
using SparseKernels.Training.Layers.Merging;
using SparseKernels.Training.Layers.Pooling;
using SparseKernels.Training.Networks;
using SparseKernels.Training.Parameters;
using SparseKernels.Training.Pruning;
using SparseKernels.Training.Tensors;
using SparseKernels.Training.Tests.Support;
using Xunit;

namespace SparseKernels.Training.Tests;

/// <summary>Trainers of networks of one's own: graphs with layers that the library doesn't have.</summary>
public class NetworkFactoryTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Run_CancelledAndResumed_SameBitsAsNeverStopped(bool prunes)
    {
        using var folder = new TemporaryFolder();
        using var whole = new Trainer(Options(folder.File("whole.safetensors"), prunes));
        Assert.True(whole.Run(cancellation: TestContext.Current.CancellationToken));

        var options = Options(folder.File("parts.safetensors"), prunes);
        using (var first = new Trainer(options))
        using (var cancel = new CancellationTokenSource())
        {
            Assert.False(first.Run(step =>
            {
                if (step.Step == 7) cancel.Cancel();
            }, cancellation: cancel.Token));
        }

        using var last = new Trainer(options with { Resume = true });
        Assert.True(last.Run(cancellation: TestContext.Current.CancellationToken));
        foreach (var (expected, got) in whole.Network.State.Zip(last.Network.State)) Assert.Equal(expected.Values, got.Values);
        Assert.Equal(File.ReadAllBytes(folder.File("whole.safetensors")), File.ReadAllBytes(folder.File("parts.safetensors")));
        Assert.Contains(whole.Network.State, tensor => tensor.Name == "gn.weight");
        var taps = whole.Network.Parameters.Single(parameter => parameter.Name == "taps.weight");
        Assert.Equal(prunes, taps.Mask is not null);
        if (prunes) Assert.InRange(taps.Value.AsSpan().Count(0f), taps.Value.Length / 2, taps.Value.Length - 1);
        Assert.All(whole.Network.Timings.Where(timing => timing.Name is "gn" or "taps"), timing => Assert.True(timing.Calls(LayerPass.Forward) > 0));
    }

    [Fact]
    public void Resume_OtherName_Throws()
    {
        using var folder = new TemporaryFolder();
        var options = Options(folder.File("run.safetensors"), prunes: false) with { Epochs = 1 };
        using (var trainer = new Trainer(options)) trainer.Run(cancellation: TestContext.Current.CancellationToken);
        var message = Assert.Throws<ArgumentException>(() => new Trainer(options with { Resume = true, Model = "yours" })).Message;
        Assert.Contains("model mine, this one has yours", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Construction_FactoryMakesAnotherNetwork_SaysWhatWasWanted()
    {
        using var folder = new TemporaryFolder();
        var options = Options(folder.File("run.safetensors"), prunes: false);
        var message = Assert.Throws<ArgumentException>(
            "NetworkFactory", () => new Trainer(options with { NetworkFactory = wanted => Make(wanted with { Batch = 3 }) })).Message;
        Assert.Contains("'mine' for 8 images [1, 14, 14] of 3 classes, got 'mine' for 3 images", message, StringComparison.Ordinal);
        Assert.Contains("got null", Assert.Throws<ArgumentException>("NetworkFactory", () => new Trainer(options with { NetworkFactory = _ => null! })).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Construction_NetworkOfSeveralInputs_NamesThem()
    {
        using var folder = new TemporaryFolder();
        var options = Options(folder.File("run.safetensors"), prunes: false) with { NetworkFactory = wanted => TwoHeads.Create(wanted.Batch) };
        var message = Assert.Throws<ArgumentException>("NetworkFactory", () => new Trainer(options)).Message;
        Assert.Contains("got 'two-heads' of 2 inputs, 'left', 'right', where a data set gives one", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Construction_LossOutputGivesNoClasses_NamesIt()
    {
        using var folder = new TemporaryFolder();
        var options = Options(folder.File("run.safetensors"), prunes: false) with { NetworkFactory = MakeMap };
        var message = Assert.Throws<ArgumentException>("NetworkFactory", () => new Trainer(options)).Message;
        Assert.Contains("got 'mine' whose LossOutput 'map' gives [6, 12, 12], no classes", message, StringComparison.Ordinal);
    }

    private static Network MakeMap(NetworkRequest wanted)
    {
        var graph = new GraphBuilder();
        return wanted.Make(graph.Build(("map", graph.Add(new Conv2d("conv", 1, 6, 3), graph.Input(wanted.Input)))));
    }

    private static TrainerOptions Options(string path, bool prunes) => new()
    {
        TrainingData = new NoiseDataSet(40),
        TestData = new NoiseDataSet(10),
        Normalisation = Normalisation.Measure(new NoiseDataSet(40)),
        Model = "mine",
        NetworkFactory = Make,
        Epochs = 3,
        Batch = 8,
        Seed = 1,
        Topology = ComputeTopology.FromThreads(2),
        Schedule = KernelSchedule.Reproducible,
        CheckpointPath = path,
        Pruning = prunes ? new PruningOptions { Strategy = _ => new OneShotMagnitude(0.6, step: 4), Settings = "one shot" } : null,
    };

    private static Network Make(NetworkRequest wanted)
    {
        var graph = new GraphBuilder();
        var x = graph.AddRow([new Conv2d("conv", 1, 6, 3), new OwnGroupNorm("gn", 2, 6)], graph.Input(wanted.Input));
        x = graph.Add(new Add("add", relu: true), x, graph.Add(new Taps("taps", 6), x));
        return wanted.Make(graph.Build(graph.AddRow(
            [new Dropout("drop", 0.1f), new AvgPool2d("pool", 4), new Linear("fc", new FeatureShape(6, 3, 3), wanted.Classes)], x)));
    }

    /// <summary>A 1×1 convolution of one channel each with weights <c>[C, 1, 1, 1]</c>: the smallest layer with prunable weights.</summary>
    private sealed class Taps(string name, int channels) : CustomLayer(name)
    {
        private readonly Parameter _weight = new($"{name}.weight", [channels, 1, 1, 1], Initialisation.FanInUniform(1));
        private float[] _sums = [];

        public override IReadOnlyList<Parameter> Parameters => [_weight];

        public override bool PrunesWeights => true;

        protected override FeatureShape Prepare(FeatureShape input)
        {
            _sums = new float[Images * channels];
            return input;
        }

        protected override void Forward(bool training) => ForEachPlane(X, this, static (layer, plane) =>
        {
            var scale = layer.X.PerChannel(plane, layer._weight.Value);
            for (var h = 0; h < layer.X.Height; h++)
                for (var w = 0; w < layer.X.Width; w++)
                    layer.Y.Pixel(plane, h, w) = layer.X.Pixel(plane, h, w) * scale;
        });

        protected override void Backward()
        {
            ForEachPlane(X, this, static (layer, plane) =>
            {
                var (scale, sum) = (layer.X.PerChannel(plane, layer._weight.Value), System.Runtime.Intrinsics.Vector512<float>.Zero);
                for (var h = 0; h < layer.X.Height; h++)
                    for (var w = 0; w < layer.X.Width; w++)
                    {
                        sum += layer.X.Pixel(plane, h, w) * layer.Dy.Pixel(plane, h, w);
                        layer.Dx.Pixel(plane, h, w) = layer.Dy.Pixel(plane, h, w) * scale;
                    }

                layer.X.Keep(plane, sum, layer._sums);
            });
            for (var c = 0; c < channels; c++) _weight.Gradient[c] = Enumerable.Range(0, Images).Sum(n => _sums[(n * channels) + c]);
        }
    }
}
