using SparseKernels.Training.Graphs;
using SparseKernels.Training.Layers.BatchNormalisation;
using SparseKernels.Training.Layers.Convolutions;
using SparseKernels.Training.Layers.Merging;

namespace SparseKernels.Training.Layers.Composites;

/// <summary>
/// One layer of a dense block (Huang et al. 2017), <c>y = [x, conv2(relu(norm2(conv1(relu(norm1(x))))))]</c>: a 1×1 and a 3×3 convolution, each
/// behind its batch normalisation, whose channels come behind those of x. A row of them is a dense block: each reads what all before it gave.
/// Names are torchvision's: <c>norm1</c>, <c>conv1</c>, <c>norm2</c>, <c>conv2</c>.
/// </summary>
public sealed class DenseLayer : CompositeLayer
{
    /// <summary>Channels between the convolutions for each one that is added: <c>bn_size</c>.</summary>
    private const int Widening = 4;

    private readonly Layer[] _inner;
    private readonly Concat _cat;

    /// <summary>Makes a layer.</summary>
    /// <param name="name">Its path in the network.</param>
    /// <param name="inputs">Input channels.</param>
    /// <param name="growth">Channels that it adds.</param>
    /// <exception cref="ArgumentException">The sizes make no convolution.</exception>
    public DenseLayer(string name, int inputs, int growth)
        : base(name)
    {
        _inner =
        [
            Own(new BatchNorm2d($"{name}.norm1", inputs, relu: true)),
            Own(new Conv2d($"{name}.conv1", inputs, Widening * growth, 1, bias: false).StartFanIn()),
            Own(new BatchNorm2d($"{name}.norm2", Widening * growth, relu: true)),
            Own(new Conv2d($"{name}.conv2", Widening * growth, growth, 3, padding: 1, bias: false).StartFanIn()),
        ];
        _cat = Own(new Concat($"{name}.cat"));
    }

    /// <inheritdoc/>
    protected override GraphNode Compose(GraphBuilder graph, GraphNode input) => graph.Add(_cat, input, graph.AddRow(_inner, input));
}
