using SparseKernels.Bench.Learning;
using SparseKernels.Bench.Peer;
using SparseKernels.Isa;
using SparseKernels.Training.Graphs;
using SparseKernels.Training.Layers.BatchNormalisation;
using SparseKernels.Training.Layers.Convolutions;
using SparseKernels.Training.Layers.Elementwise;
using SparseKernels.Training.Layers.Merging;
using SparseKernels.Training.Layers.Pooling;
using SparseKernels.Training.Networks;
using SparseKernels.Training.Optimisation;
using SparseKernels.Training.Tensors;
using TorchSharp;
using Xunit;

namespace SparseKernels.Bench.Tests.Peer;

public sealed class TorchGraphTests
{
    private const int Batch = 8, Classes = 10;

    [Fact]
    public void Step_UnevenPaddingAndBranches_IsOurs()
    {
        Assert.SkipWhen(TorchLibrary.TryLoadExact(InstructionSet.Current, threads: 2) is not null, "libtorch can't load here");
        var recipe = new TrainingRecipe();
        using var network = Branches();
        using var peer = new TorchTrainer(network, recipe);
        using var precise = new TorchTrainer(network, recipe, torch.ScalarType.Float64);
        var optimiser = new Sgd(network.Parameters, recipe.Momentum, recipe.WeightDecay, recipe.Nesterov, threads: 1);
        var batch = new RandomBatch(network.Input, Batch, Classes);
        float[][] start = [.. network.State.Select(tensor => (float[])tensor.Values.Clone())];

        var ours = new StepOutcome(
            network.Step(batch.Images, batch.Labels, optimiser, rate: 0.05f).Loss, [.. network.State.Select(tensor => tensor.Values)]);
        var theirs = new StepOutcome(peer.Step(batch.Images, batch.Labels, rate: 0.05f), peer.ReadState());
        var expected = new StepReference("TorchSharp in double precision", precise.Step(batch.Images, batch.Labels, rate: 0.05f), precise.ReadPreciseState());

        StepAgreement.Check("a step", network, start, ours, expected, [theirs]);
        Assert.Contains(expected.State[0], value => value != (float)value);
    }

    [Fact]
    public void Create_LayerWithoutCounterpart_NamesIt()
    {
        Assert.SkipWhen(TorchLibrary.TryLoadExact(InstructionSet.Current, threads: 2) is not null, "libtorch can't load here");
        using var network = new Network(
            "own", new FeatureShape(3, 8, 8), [new Conv2d("conv", 3, 4, 3), new Softmax("softmax"), new AvgPool2d("pool"), new Linear("fc", new FeatureShape(4, 1, 1), 2)], batch: 1);

        Assert.Contains("softmax must be", Assert.Throws<ArgumentException>(() => new TorchGraph(network.Graph)).Message, StringComparison.Ordinal);
    }

    private static Network Branches()
    {
        var graph = new GraphBuilder();
        var input = graph.Input(new FeatureShape(3, 21, 18));
        var x = graph.AddRow(
            [
                new Conv2d("conv1", 3, 8, 5, stride: 2, padding: new Padding2D(2, 1, 2, 1), bias: false), new BatchNorm2d("bn1", 8, relu: true),
                new MaxPool2d("pool", 3, 2, new Padding2D(1, 0, 1, 0)),
            ],
            input);
        var y = graph.AddRow([new Conv2d("conv2", 8, 8, 3, padding: 1), new Relu("relu2"), new Conv2d("conv3", 8, 8, 1, bias: false)], x);
        x = graph.Add(new BatchNorm2d("bn3", 8, relu: true), y, x);
        x = graph.Add(new Add("add", relu: true), x, graph.Add(new Conv2d("conv4", 8, 8, 3, padding: 1, groups: 2), x));
        x = graph.AddRow([new AvgPool2d("mean", 2), new AvgPool2d("all"), new Linear("fc", new FeatureShape(8, 1, 1), Classes)], x);
        return Network.FromGraph("branches", graph.Build(x), Batch, seed: 3, schedule: KernelSchedule.Dense);
    }
}
