using SparseKernels.TestSupport;
using SparseKernels.Training.Folding;
using SparseKernels.Training.Graphs;
using SparseKernels.Training.Layers.Convolutions;
using SparseKernels.Training.Layers.Elementwise;
using SparseKernels.Training.Layers.Pooling;
using SparseKernels.Training.Networks;
using SparseKernels.Training.Stretches;
using SparseKernels.Training.Tensors;
using Xunit;

namespace SparseKernels.Training.Tests.Stretches;

public class SharedWeightsTests
{
    private const int Threads = 4;
    private static readonly FeatureShape s_image = new(3, 8, 8);

    [Fact]
    public void Rent_SeveralForInference_HaveOnePackedForm()
    {
        var graph = Graph();
        using var folded = InferenceFolding.Live(graph);
        using var pool = Pool(folded.Graph, folded);
        var (first, second) = (pool.Rent(), pool.Rent());
        Assert.NotSame(first, second);
        Assert.Equal(first.Network.Plans.Select(plan => plan.Plan), second.Network.Plans.Select(plan => plan.Plan));
        pool.Dispose();

        // Whoever was rented runs on: the plans live as long as one of them.
        second.Forward(graph, new float[s_image.Length], PlainLayout.Nchw, training: false, step: 0);
        pool.Return(first, seconds: null);
        second.Forward(graph, new float[s_image.Length], PlainLayout.Nchw, training: false, step: 0);
        pool.Return(second, seconds: null);
    }

    [Fact]
    public void Rent_SeveralForTraining_HaveTheirOwn()
    {
        var graph = Graph();
        using var pool = Pool(graph, shared: null);
        var (first, second) = (pool.Rent(), pool.Rent());
        Assert.NotSame(first.Network.Plans[0].Plan, second.Network.Plans[0].Plan);
        pool.Return(first, seconds: null);
        pool.Return(second, seconds: null);
    }

    [Fact]
    public void Infer_WeightsChangedBetweenCallsOfManyThreads_UsesTheNewOnes()
    {
        using var stretch = new NetworkStretch(Graph());
        var x = RandomTensor.Floats(2 * s_image.Length, 1);
        for (var round = 0; round < 12; round++)
        {
            foreach (var parameter in stretch.Parameters)
            {
                RandomTensor.Floats(parameter.Length, 10 + round).CopyTo(parameter.Values);
                if (round % 3 == 2) parameter.Values[..(parameter.Length / 2)].Clear();
                parameter.Touch();
            }

            var results = new float[Threads][];
            var threads = Enumerable.Range(0, Threads).Select(i => new Thread(() => stretch.Infer(x, s_image, results[i] = new float[2 * 5]))).ToArray();
            foreach (var thread in threads) thread.Start();
            foreach (var thread in threads) thread.Join();
            using var fresh = new NetworkStretch(Graph());
            foreach (var (theirs, ours) in stretch.Parameters.Zip(fresh.Parameters))
            {
                theirs.Values.CopyTo(ours.Values);
                ours.Touch();
            }

            var expected = new float[2 * 5];
            fresh.Infer(x, s_image, expected);
            foreach (var result in results) Expect.Close(expected, result, [.. expected.Select(value => 1e-4 * (1 + Math.Abs(value)))], $"round {round}");
        }
    }

    private static NetworkGraph Graph()
    {
        var builder = new GraphBuilder();
        return builder.Build(builder.AddRow(
            [new Conv2d("conv1", 3, 20, kernel: 3, padding: 1), new Relu("relu"), new Conv2d("conv2", 20, 8, kernel: 3), new AdaptiveAvgPool2d("mean", 1), new Linear("fc", new FeatureShape(8, 1, 1), 5)],
            builder.Input(s_image)));
    }

    private static StretchPool Pool(NetworkGraph graph, FoldedGraph? shared)
    {
        return new StretchPool(
            (layout, weights) => new BuiltStretch(
                graph, s_image, new Training.Layers.Workspace(1, Threading.ComputeTopology.Default, seed: 0, layout: layout, reusesTensors: shared is not null, plans: weights?.Plans),
                BlockedLayout.Planar, weights),
            LayoutChoice.Under(KernelSchedule.Reproducible), shared);
    }
}
