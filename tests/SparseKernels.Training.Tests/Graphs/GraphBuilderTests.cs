using SparseKernels.Training.Graphs;
using SparseKernels.Training.Layers.BatchNormalisation;
using SparseKernels.Training.Layers.Composites;
using SparseKernels.Training.Layers.Convolutions;
using SparseKernels.Training.Layers.Elementwise;
using SparseKernels.Training.Layers.Merging;
using SparseKernels.Training.Layers.Pooling;
using SparseKernels.Training.Networks;
using SparseKernels.Training.Tensors;
using SparseKernels.Training.Tests.Support;
using Xunit;

namespace SparseKernels.Training.Tests.Graphs;

/// <summary>What a builder takes and what it refuses.</summary>
public static class GraphBuilderTests
{
    private static readonly FeatureShape s_input = new(3, 6, 6);

    [Fact]
    public static void Add_NameTwice_Throws()
    {
        var (graph, x) = Begin();
        graph.Add(new Conv2d("c", 3, 3, 1), x);
        Throws("layer", "two are called c", () => graph.Add(new Relu("c"), x));
        Throws("layer", "two are called block.conv1", () =>
        {
            graph.Add(new Relu("block.conv1"), x);
            graph.Add(new ResidualBlock("block", 3, 3), x);
        });
    }

    [Fact]
    public static void Add_WrongNumberOfInputs_SaysHowMany()
    {
        var (graph, x) = Begin();
        Throws("inputs", "c takes 1 inputs, got 2", () => graph.Add(new Conv2d("c", 3, 3, 1), x, x));
        Throws("inputs", "a takes 2 or more inputs, got 1", () => graph.Add(new Add("a"), x));
        Throws("inputs", "bn takes 1 to 2 inputs, got 0", () => graph.Add(new BatchNorm2d("bn", 3)));
    }

    [Fact]
    public static void Add_NodeOfAnotherBuilder_Throws()
    {
        var (graph, x) = Begin();
        var (_, other) = Begin();
        Throws("inputs", "input 1 of add must be a tensor of this builder, got another builder's", () => graph.Add(new Add("add"), x, other));
        Throws("inputs", "one of no builder", () => graph.Add(new Relu("r"), default(GraphNode)));
        Throws("output", "another builder's", () => graph.Build(other));
    }

    [Fact]
    public static void Build_LayerThatNobodyReads_IsNamed()
    {
        var (graph, x) = Begin();
        graph.Add(new Conv2d("left", 3, 4, 1), x);
        var output = graph.Add(new Conv2d("out", 3, 4, 1), x);
        Throws("output", "what left writes is read by none", () => graph.Build(output));
    }

    [Fact]
    public static void Build_Twice_Throws()
    {
        var (graph, x) = Begin();
        Throws("output", "the graph's input", () => graph.Build(x));
        var y = graph.Add(new Relu("r"), x);
        Assert.Equal(["r"], graph.Build(y).Layers.Select(layer => layer.Name));
        Assert.Throws<InvalidOperationException>(() => graph.Build(y));
        Assert.Throws<InvalidOperationException>(() => graph.Add(new Relu("s"), y));
        Assert.Throws<InvalidOperationException>(() => graph.Input(s_input));
        Assert.Throws<ArgumentOutOfRangeException>("image", () => new GraphBuilder().Input(new FeatureShape(3, 0, 3)));
    }

    [Fact]
    public static void Add_CompositeThatDoesntPlaceItsLayers_NamesThem()
    {
        var (graph, x) = Begin();
        Throws("composite", "but leaves inner out", () => graph.Add(new Composition("c", (owner, node) => owner.Add(new Relu("r"), node), new Relu("inner")), x));
        Throws("layer", "foreign is not its own", () => graph.Add(new Foreign(), graph.Add(new Relu("s"), x)));
    }

    [Fact]
    public static void FromGraph_ShapesThatDontFit_NamesTheLayer()
    {
        var (graph, x) = Begin();
        var a = graph.Add(new Conv2d("a", 3, 4, 3), x);
        var sum = graph.Add(new Add("sum"), a, graph.Add(new Conv2d("b", 3, 4, 1), x));
        var built = graph.Build(graph.Add(new AvgPool2d("pool"), sum));
        var message = Assert.Throws<ArgumentException>(() => Network.FromGraph("n", built, batch: 1)).Message;
        Assert.Contains("sum adds tensors of the same sizes, but input 0 is [4, 4, 4] and input 1 is [4, 6, 6]", message, StringComparison.Ordinal);
    }

    private static (GraphBuilder Graph, GraphNode Input) Begin()
    {
        var graph = new GraphBuilder();
        return (graph, graph.Input(s_input));
    }

    private static void Throws(string argument, string part, Action act) =>
        Assert.Contains(part, Assert.Throws<ArgumentException>(argument, act).Message, StringComparison.Ordinal);

    private sealed class Foreign() : CompositeLayer("composite")
    {
        protected override GraphNode Compose(GraphBuilder graph, GraphNode input) => graph.Add(new Relu("foreign"), input);
    }
}
