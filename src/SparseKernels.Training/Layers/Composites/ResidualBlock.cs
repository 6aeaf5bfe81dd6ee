using SparseKernels.Training.Graphs;
using SparseKernels.Training.Layers.BatchNormalisation;
using SparseKernels.Training.Layers.Convolutions;

namespace SparseKernels.Training.Layers.Composites;

/// <summary>
/// The basic residual block (He et al. 2016): <c>y = relu(bn2(conv2(relu(bn1(conv1(x))))) + shortcut(x))</c> with two 3×3 convolutions.
/// The shortcut is x itself, or where stride or channels change a 1×1 convolution with batch normalisation (option B of the paper).
/// Names are torchvision's: <c>conv1</c>, <c>bn1</c>, <c>conv2</c>, <c>bn2</c>, <c>downsample.0</c>, <c>downsample.1</c>.
/// </summary>
public sealed class ResidualBlock : CompositeLayer
{
    private readonly Conv2d _conv1;
    private readonly BatchNorm2d _bn1;
    private readonly Conv2d _conv2;
    private readonly BatchNorm2d _bn2;
    private readonly Layer[] _projection = [];

    /// <summary>Makes a block.</summary>
    /// <param name="name">Its path in the network.</param>
    /// <param name="inputs">Input channels.</param>
    /// <param name="outputs">Output channels.</param>
    /// <param name="stride">Stride of the first convolution and of the shortcut.</param>
    /// <exception cref="ArgumentException">The sizes make no convolution.</exception>
    public ResidualBlock(string name, int inputs, int outputs, int stride = 1)
        : base(name)
    {
        _conv1 = Own(new Conv2d($"{name}.conv1", inputs, outputs, 3, stride, padding: 1, bias: false, fanOutNormal: true));
        _bn1 = Own(new BatchNorm2d($"{name}.bn1", outputs, relu: true));
        _conv2 = Own(new Conv2d($"{name}.conv2", outputs, outputs, 3, padding: 1, bias: false, fanOutNormal: true));
        _bn2 = Own(new BatchNorm2d($"{name}.bn2", outputs, relu: true));
        if (stride == 1 && inputs == outputs) return;
        _projection =
        [
            Own(new Conv2d($"{name}.downsample.0", inputs, outputs, 1, stride, bias: false, fanOutNormal: true)),
            Own(new BatchNorm2d($"{name}.downsample.1", outputs)),
        ];
    }

    /// <inheritdoc/>
    protected override GraphNode Compose(GraphBuilder graph, GraphNode input)
    {
        // Both branches may leave out what the ReLU below the block would drop: it drops it from their sum.
        var inner = graph.AddRow([_conv1, _bn1, _conv2], input);
        return graph.Add(_bn2, inner, graph.AddRow(_projection, input));
    }
}
