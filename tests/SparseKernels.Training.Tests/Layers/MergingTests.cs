using SparseKernels.Training.Graphs;
using SparseKernels.Training.Layers.Convolutions;
using SparseKernels.Training.Layers.Merging;
using SparseKernels.Training.Layers.Pooling;
using SparseKernels.Training.Tensors;
using SparseKernels.Training.Tests.Support;
using Xunit;

namespace SparseKernels.Training.Tests.Layers;

/// <summary>Layers in which tensors meet, behind branches that part at one tensor.</summary>
public static class MergingTests
{
    private const int Batch = 3;

    private static readonly FeatureShape s_input = new(5, 4, 3);

    [Theory]
    [InlineData(false, BlockedLayout.ChannelBlocked)]
    [InlineData(true, BlockedLayout.BatchBlocked)]
    public static void Add_InputAndItself_MatchesDifferences(bool twice, BlockedLayout layout) => Check(
        layout, (graph, x) => graph.Add(new Add("add"), x, graph.Add(Convolution(5), x), twice ? x : graph.Add(Convolution(5, "other"), x)));

    [Theory]
    [InlineData(BlockedLayout.ChannelBlocked)]
    [InlineData(BlockedLayout.BatchBlocked)]
    public static void Multiply_SameSizes_MatchesDifferences(BlockedLayout layout) =>
        Check(layout, (graph, x) => graph.Add(new Multiply("multiply"), graph.Add(Convolution(18), x), graph.Add(Convolution(18, "other"), x)));

    [Theory]
    [InlineData(BlockedLayout.ChannelBlocked)]
    [InlineData(BlockedLayout.BatchBlocked)]
    public static void Multiply_ScaleOfChannels_MatchesDifferences(BlockedLayout layout) => Check(
        layout, (graph, x) =>
        {
            var wide = graph.Add(Convolution(18), x);
            return graph.Add(new Multiply("multiply"), wide, graph.Add(new AvgPool2d("pool"), wide));
        });

    [Theory]
    [InlineData(BlockedLayout.ChannelBlocked)]
    [InlineData(BlockedLayout.BatchBlocked)]
    public static void Concat_OddNumbersOfChannels_MatchesDifferences(BlockedLayout layout) => Check(
        layout, (graph, x) => graph.Add(new Concat("cat"), graph.Add(Convolution(7), x), x, graph.Add(Convolution(34, "other"), x), x));

    [Fact]
    public static void AddWithRelu_AwayFromZero_MatchesDifferences() => GradientCheck.Run(
        new Composition("sum", (graph, x) => graph.Add(new Add("add", relu: true), x, x)), s_input, 2, Samples.Separated(2 * s_input.Length));

    [Theory]
    [InlineData(3, 20, BlockedLayout.ChannelBlocked)]
    [InlineData(16, 16, BlockedLayout.ChannelBlocked)]
    [InlineData(33, 15, BlockedLayout.ChannelBlocked)]
    [InlineData(33, 15, BlockedLayout.BatchBlocked)]
    public static void Concat_TwoBranches_PutsOneBehindTheOther(int first, int second, BlockedLayout layout)
    {
        Conv2d a = Convolution(first), b = Convolution(second, "other");
        using var both = new LayerProbe(new Composition("composition", (graph, x) => graph.Add(new Concat("cat"), graph.Add(a, x), graph.Add(b, x))), s_input, Batch, layout: layout);
        using LayerProbe one = new(Convolution(first), s_input, Batch, layout: layout), other = new(Convolution(second), s_input, Batch, layout: layout);
        Assert.Equal(new FeatureShape(first + second, 4, 3), both.Output);
        var x = Samples.Gaussian(both.InputLength);
        var y = both.Forward(x);

        // The parameters' values follow from their place in the layer: give both the same.
        Copy(a, one);
        Copy(b, other);
        float[] left = one.Forward(x), right = other.Forward(x);
        y = both.Forward(x);
        for (var i = 0; i < y.Length; i++)
        {
            var (n, c) = (i / ((first + second) * 12), i / 12 % (first + second));
            Assert.Equal(c < first ? left[(((n * first) + c) * 12) + (i % 12)] : right[(((n * second) + c - first) * 12) + (i % 12)], y[i], 1e-5);
        }

        static void Copy(Conv2d from, LayerProbe to)
        {
            foreach (var (value, target) in from.Parameters.Zip(to.Layer.Parameters))
            {
                value.Value.CopyTo(target.Value, 0);
                target.Touch();
            }
        }
    }

    [Fact]
    public static void Build_SizesThatDontFit_NamesLayerAndBothSizes()
    {
        Names((graph, x) => graph.Add(new Add("add"), x, graph.Add(Convolution(6), x)), "add", "[5, 4, 3]", "[6, 4, 3]");
        Names((graph, x) => graph.Add(new Multiply("mul"), x, graph.Add(new AvgPool2d("pool", 2), x)), "mul", "[5, 4, 3]", "[5, 2, 1]");
        Names((graph, x) => graph.Add(new Concat("cat"), x, graph.Add(new AvgPool2d("pool"), x)), "cat", "[5, 4, 3]", "[5, 1, 1]");

        static void Names(Func<Composition.Owner, GraphNode, GraphNode> compose, params string[] parts)
        {
            var message = Assert.Throws<ArgumentException>("inputs", () => new LayerProbe(new Composition("c", compose), s_input, Batch)).Message;
            Assert.All(parts, part => Assert.Contains(part, message, StringComparison.Ordinal));
        }
    }

    private static Conv2d Convolution(int outputs, string name = "conv") => new(name, 5, outputs, 3, padding: 1);

    private static void Check(BlockedLayout layout, Func<Composition.Owner, GraphNode, GraphNode> compose) => GradientCheck.Run(
        new Composition("composition", compose), s_input, Batch, Samples.Gaussian(Batch * s_input.Length), layout: layout);
}
