using SparseKernels.Threading;
using SparseKernels.Training.Graphs;
using SparseKernels.Training.Layers.BatchNormalisation;
using SparseKernels.Training.Layers.Convolutions;
using SparseKernels.Training.Layers.Elementwise;
using SparseKernels.Training.Layers.Merging;
using SparseKernels.Training.Layers.Pooling;
using SparseKernels.Training.Networks;
using SparseKernels.Training.Tensors;

namespace SparseKernels.Training.Tests.Support;

/// <summary>
/// A network of two inputs and three outputs: the sum of convolutions of both images as it is, which a ReLU would overwrite if it might, logits of
/// classes, and a map.
/// </summary>
internal static class TwoHeads
{
    public const int Classes = 4;

    public static FeatureShape Left { get; } = new(3, 8, 8);

    public static FeatureShape Right { get; } = new(2, 16, 16);

    public static FeatureShape Map { get; } = new(5, 8, 8);

    public static FeatureShape Sum { get; } = new(18, 8, 8);

    public static Network Create(int batch, KernelSchedule? schedule = null, BlockedLayout? layout = null, int threads = 2, bool normalises = false)
    {
        var graph = new GraphBuilder();
        var (left, right) = (graph.Input("left", Left), graph.Input("right", Right));
        var a = graph.Add(new Conv2d("a", 3, 18, 3, padding: 1), left);
        var b = graph.Add(new Conv2d("b", 2, 18, 3, stride: 2, padding: 1), right);
        var sum = graph.Add(new Add("sum"), normalises ? graph.Add(new BatchNorm2d("bn", 18), a) : a, b);
        var shared = graph.Add(new Relu("relu"), sum);
        var map = graph.Add(new Conv2d("map", 18, 5, 1), shared);
        var deep = graph.AddRow([new Conv2d("deep1", 18, 20, 3, padding: 1), new Relu("relu2"), new Conv2d("deep2", 20, 18, 3, padding: 1)], shared);
        var logits = graph.AddRow([new AvgPool2d("pool"), new Linear("fc", new FeatureShape(18, 1, 1), Classes)], deep);
        return Network.FromGraph(
            "two-heads", graph.Build(("map", map), ("logits", logits), ("sum", sum)), batch, seed: 3, ComputeTopology.FromThreads(threads), schedule,
            layout: layout);
    }

    public static Dictionary<string, ReadOnlyMemory<float>> Images(int count, ulong seed = 1) => new()
    {
        ["left"] = Samples.Gaussian(count * Left.Length, seed),
        ["right"] = Samples.Gaussian(count * Right.Length, seed + 1),
    };

    public static Dictionary<string, Memory<float>> Outputs(int count) => new()
    {
        ["map"] = new float[count * Map.Length],
        ["logits"] = new float[count * Classes],
        ["sum"] = new float[count * Sum.Length],
    };
}
