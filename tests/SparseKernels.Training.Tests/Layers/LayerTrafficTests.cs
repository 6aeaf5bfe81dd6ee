using SparseKernels.Pruning;
using SparseKernels.Pruning.Strategies;
using SparseKernels.Sparsity;
using SparseKernels.TestSupport;
using SparseKernels.Threading;
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
using SparseKernels.Training.Pruning;
using SparseKernels.Training.Tensors;
using SparseKernels.Training.Tests.Support;
using SparseKernels.Training.Traffic;
using Xunit;

namespace SparseKernels.Training.Tests.Layers;

/// <summary>What layers say that they move, against tensors of which one has 16·16·4·4 floats.</summary>
public sealed class LayerTrafficTests
{
    private const int Images = 16, Classes = 3;
    private const long Whole = 16 * 16 * 4 * 4 * sizeof(float);
    private const long Quarter = Whole / 4;
    private const long Weights = 16 * 16 * 9 * sizeof(float);
    private static readonly FeatureShape s_input = new(16, 4, 4);

    [Theory]
    [InlineData(BlockedLayout.ChannelBlocked, 1)]
    [InlineData(BlockedLayout.BatchBlocked, 1)]
    [InlineData(BlockedLayout.ChannelBlocked, 2)]
    [InlineData(BlockedLayout.BatchBlocked, 2)]
    public void Traffic_RowOfLayers_FollowsFromTheirTensors(BlockedLayout layout, int clusters)
    {
        using var network = Build(
            Row(new Conv2d("conv", 16, 16, 3, padding: 1, bias: false), new BatchNorm2d("bn", 16, relu: true), new MaxPool2d("max", 2)), layout,
            new ComputeTopology(clusters, 1));
        Step(network, new Sgd(network.Parameters, threads: 1));

        Assert.Equal(new LayerTraffic(Whole, Whole), Of(network, "input", LayerPass.Forward));

        // Copied, looked at for infinities, packed.
        Assert.Equal(new LayerTraffic(3 * Weights, 2 * Weights), Of(network, "conv", LayerPass.Packing));
        Assert.Equal(new LayerTraffic(Whole + Weights, Whole), Of(network, "conv", LayerPass.Forward));
        Assert.Equal(new LayerTraffic(2 * Whole, Weights), Of(network, "conv", LayerPass.BackwardWeights));
        Assert.Equal(default, Of(network, "conv", LayerPass.BackwardData));

        // Batch-blocked, the convolution leaves the sums that a sweep finds otherwise. Sweeps that take turns find x in the cache, not those of
        // two clusters.
        var sweeps = layout == BlockedLayout.BatchBlocked || clusters == 1 ? 1 : 2;
        Assert.Equal(new LayerTraffic(sweeps * Whole, Whole), Of(network, "bn", LayerPass.Forward));
        Assert.Equal(new LayerTraffic(2 * clusters * Whole, Whole), Of(network, "bn", LayerPass.BackwardData));

        // A byte for each maximum says where it was.
        Assert.Equal(new LayerTraffic(Whole, Quarter + (Quarter / 4)), Of(network, "max", LayerPass.Forward));
        Assert.Equal(new LayerTraffic(Quarter + (Quarter / 4), Whole), Of(network, "max", LayerPass.BackwardData));
        var all = network.Parameters.Sum(parameter => parameter.Value.LongLength) * sizeof(float);
        Assert.Equal(new LayerTraffic(3 * all, 2 * all), Of(network, "optimiser", LayerPass.Update));
        network.ResetTimings();
        Assert.All(network.Timings, timing => Assert.All(Enum.GetValues<LayerPass>(), pass => Assert.Equal(default, timing.Traffic(pass))));
    }

    [Fact]
    public void Traffic_Branches_CountsWhereTheyMeetAndPart()
    {
        var graph = new GraphBuilder();
        var x = graph.Add(new Conv2d("conv", 16, 16, 3, padding: 1), graph.Input(s_input));
        x = graph.Add(new Add("add", relu: true), x, graph.Add(new Conv2d("branch", 16, 16, 1), x));
        x = graph.Add(new Concat("cat"), x, graph.Add(new Sigmoid("sigmoid"), x));
        using var network = Network.FromGraph("branches", graph.Build(graph.AddRow(Head(32), x)), Images, topology: ComputeTopology.FromThreads(1));
        Step(network, new Sgd(network.Parameters, threads: 1));

        Assert.Equal(new LayerTraffic(2 * Whole, Whole), Of(network, "add", LayerPass.Forward));

        // The ReLU's mask, and a copy of the gradient for the second branch. Who is the second to give a tensor a gradient adds it up.
        const long PointWeights = 16 * 16 * sizeof(float);
        Assert.Equal(new LayerTraffic(3 * Whole, 2 * Whole), Of(network, "add", LayerPass.BackwardData));
        Assert.Equal(new LayerTraffic(Whole + PointWeights + (2 * Whole), 2 * Whole), Of(network, "branch", LayerPass.BackwardData));
        Assert.Equal(new LayerTraffic(2 * Whole, 2 * Whole), Of(network, "cat", LayerPass.Forward));
        Assert.Equal(new LayerTraffic(2 * Whole, 2 * Whole), Of(network, "cat", LayerPass.BackwardData));
        Assert.Equal(new LayerTraffic(Whole, Whole), Of(network, "sigmoid", LayerPass.Forward));
        Assert.Equal(new LayerTraffic(4 * Whole, 2 * Whole), Of(network, "sigmoid", LayerPass.BackwardData));
    }

    [Fact]
    public void Traffic_MaskedWeights_CountsLiveOnes()
    {
        using var network = Build(Row(new Conv2d("conv", 16, 16, 3, padding: 1, bias: false), new Relu("relu")), BlockedLayout.ChannelBlocked);
        var live = new bool[16 * 16 * 9];
        live.AsSpan(0, 40).Fill(true);
        network.Parameters[0].Mask = WeightPattern.FromMask(new ConvolutionShape(1, 16, 3, 3, 16, 3, 3), live);
        Step(network, new Sgd(network.Parameters, threads: 1));

        Assert.Equal(new LayerTraffic(Whole + (40 * sizeof(float)), Whole), Of(network, "conv", LayerPass.Forward));
        Assert.Equal(new LayerTraffic(2 * Whole, 40 * sizeof(float)), Of(network, "conv", LayerPass.BackwardWeights));
    }

    [Fact]
    public void Traffic_ListsOfMaskedWeights_ReadsNoOtherWeightsAndFindsPlacesWhereTheMaskChangesAlone()
    {
        const long Live = 40 * sizeof(float), Blocks = 48 * sizeof(float), Bits = 16 * 16 * 9 / 8, Starts = 16 * sizeof(int);
        using var network = new Network(
            "traffic", s_input, Row(new Conv2d("conv", 16, 16, 3, padding: 1, bias: false)), Images,
            topology: ComputeTopology.FromThreads(1), schedule: KernelSchedule.Forced(new OperandPair(Operand.Weight, Operand.Input)), layout: BlockedLayout.BatchBlocked);
        var live = new bool[16 * 16 * 9];
        live.AsSpan(0, 40).Fill(true);
        var weight = network.Parameters.Single(parameter => parameter.Name == "conv.weight");
        weight.Mask = WeightPattern.FromMask(new ConvolutionShape(1, 16, 3, 3, 16, 3, 3), live);
        var sgd = new Sgd(network.Parameters, threads: 1);
        for (var step = 0; step < 2; step++) Step(network, sgd);

        // Live weights are taken as the update packed them, looked at for infinities, and their values put into the lists of Forward, the only
        // pass of a first layer. Of each the update has read the column and written the value.
        network.ResetTimings();
        Step(network, sgd);
        var all = network.Parameters.Sum(parameter => parameter.Value.LongLength) * sizeof(float);
        Assert.Equal(new LayerTraffic(Live + Live + (2 * Live), 2 * Live), Of(network, "conv", LayerPass.Packing));
        Assert.Equal(new LayerTraffic((3 * all) + Live, (2 * all) + Live), Of(network, "optimiser", LayerPass.Update));

        network.ResetTimings();
        weight.Mask.Touch();
        Step(network, sgd);
        Assert.Equal(
            new LayerTraffic((2 * Bits) + Live + Blocks + Live + (3 * Live), Bits + Live + Live + (4 * Live) + Starts),
            Of(network, "conv", LayerPass.Packing));
        Assert.Equal(new LayerTraffic((3 * all) + Bits + Live, (2 * all) + Live + Live), Of(network, "optimiser", LayerPass.Update));
    }

    [Fact]
    public void Traffic_EveryPassOfEveryModel_MovesSomething()
    {
        foreach (var model in (string[])["mobilenet_v2", "squeezenet1_1", "lenet", .. TestScale.IsSmall ? (string[])[] : ["densenet121"]])
        {
            using var network = ModelCatalogue.Create(
                model, model == "lenet" ? new FeatureShape(1, 28, 28) : new FeatureShape(3, 32, 32), Classes, batch: 2, topology: ComputeTopology.FromThreads(2));
            network.Step(Samples.Gaussian(2 * network.Input.Length), Samples.Labels(2, Classes), new Sgd(network.Parameters), 0.1f);
            foreach (var timing in network.Timings)
                foreach (var pass in Enum.GetValues<LayerPass>())
                    Assert.True(timing.Calls(pass) == 0 || timing.Traffic(pass) is { Read: > 0, Written: > 0 }, $"{model}: {timing.Name} {pass}");
        }
    }

    [Fact]
    public void StepTraffic_EveryOptimiser_SaysIt()
    {
        var optimisers = typeof(IOptimiser).Assembly.GetTypes().Where(type => type is { IsClass: true, IsAbstract: false } && type.IsAssignableTo(typeof(IOptimiser)));
        foreach (var optimiser in optimisers)
        {
            var map = optimiser.GetInterfaceMap(typeof(IOptimiser));
            var index = Array.FindIndex(map.InterfaceMethods, method => method.Name.EndsWith("get_StepTraffic", StringComparison.Ordinal));
            Assert.True(map.TargetMethods[index].DeclaringType == optimiser, $"{optimiser.Name} must say what its step moves");
        }
    }

    [Fact]
    public void StepTraffic_AdamWWithMomentsAndClipping_CountsEachSweep()
    {
        using var network = Build(Row(new Conv2d("conv", 16, 16, 3, padding: 1)), BlockedLayout.ChannelBlocked);
        var all = network.Parameters.Sum(parameter => parameter.Value.LongLength) * sizeof(float);
        var adam = new AdamW(network.Parameters, new AdamWSettings { AmsGrad = true }, threads: 1);

        Step(network, adam);
        Assert.Equal(new LayerTraffic(5 * all, 4 * all), Of(network, "optimiser", LayerPass.Update));

        // A norm of which gradients stay below: they are read once more and not scaled.
        network.ResetTimings();
        Step(network, new GradientClipping(new Sgd(network.Parameters, threads: 1), network.Parameters, norm: 1e9f, threads: 1));
        Assert.Equal(new LayerTraffic(4 * all, 2 * all), Of(network, "optimiser", LayerPass.Update));

        network.ResetTimings();
        network.Parameters[0].IsFrozen = true;
        all -= Weights;
        Step(network, new Sgd(network.Parameters, threads: 1));
        Assert.Equal(new LayerTraffic(3 * all, 2 * all), Of(network, "optimiser", LayerPass.Update));
    }

    [Fact]
    public void StepTraffic_PrunedSgd_IsWhatTheUnitCounts()
    {
        using var network = Build(
            Row(new Conv2d("first", 16, 16, 3, padding: 1, bias: false), new Conv2d("conv", 16, 16, 3, padding: 1, bias: false)), BlockedLayout.ChannelBlocked);
        var unit = new PruningUnit(new OneShotMagnitude(0.5, 0), threads: 1);
        var optimiser = new PrunedSgd(network, unit, threads: 1);
        Step(network, optimiser);
        var first = unit.Report.Traffic;
        network.ResetTimings();
        Step(network, optimiser);

        var rest = network.Parameters.Where(parameter => parameter.Name != "conv.weight").Sum(parameter => parameter.Value.LongLength) * sizeof(float);
        Assert.True(first.Read > 0);
        Assert.Equal(
            new LayerTraffic(unit.Report.Traffic.Read - first.Read + (3 * rest), unit.Report.Traffic.Written - first.Written + (2 * rest)),
            Of(network, "optimiser", LayerPass.Update));
    }

    private static Network Build(Layer[] layers, BlockedLayout layout, ComputeTopology? topology = null) =>
        new("traffic", s_input, layers, Images, topology: topology ?? ComputeTopology.FromThreads(1), schedule: KernelSchedule.Dense, layout: layout);

    private static Layer[] Row(params Layer[] layers) => [.. layers, .. Head(16)];

    private static Layer[] Head(int channels) => [new AvgPool2d("pool"), new Linear("fc", new FeatureShape(channels, 1, 1), Classes)];

    private static void Step(Network network, IOptimiser optimiser) =>
        network.Step(Samples.Gaussian(Images * s_input.Length), Samples.Labels(Images, Classes), optimiser, 0.1f);

    private static LayerTraffic Of(Network network, string name, LayerPass pass) => network.Timings.Single(timing => timing.Name == name).Traffic(pass);
}
