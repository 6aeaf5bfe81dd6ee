using SparseKernels.Training.Graphs;
using SparseKernels.Training.Layers.BatchNormalisation;
using SparseKernels.Training.Layers.Convolutions;

namespace SparseKernels.Training.Layers.Composites;

/// <summary>
/// The bottleneck block of deep residual networks (He et al. 2016): <c>y = relu(bn3(conv3(h)) + shortcut(x))</c> with
/// <c>h = relu(bn2(conv2(relu(bn1(conv1(x))))))</c>, a 1×1 convolution to fewer channels, a 3×3 one, which has the stride (version 1.5), and a
/// 1×1 one to four times as many. The shortcut is x itself, or where stride or channels change a 1×1 convolution with batch normalisation.
/// Names are torchvision's: <c>conv1</c> to <c>bn3</c>, <c>downsample.0</c>, <c>downsample.1</c>.
/// </summary>
public sealed class Bottleneck : CompositeLayer
{
    private readonly Layer[] _inner;
    private readonly BatchNorm2d _last;
    private readonly Layer[] _projection = [];

    /// <summary>Output channels for each channel inside.</summary>
    internal const int Expansion = 4;

    /// <summary>Makes a block.</summary>
    /// <param name="name">Its path in the network.</param>
    /// <param name="inputs">Input channels.</param>
    /// <param name="channels">Channels inside; it gives four times as many.</param>
    /// <param name="stride">Stride of the 3×3 convolution and of the shortcut.</param>
    /// <exception cref="ArgumentException">The sizes make no convolution.</exception>
    public Bottleneck(string name, int inputs, int channels, int stride = 1)
        : base(name)
    {
        var outputs = Expansion * channels;
        _inner =
        [
            Own(new Conv2d($"{name}.conv1", inputs, channels, 1, bias: false, fanOutNormal: true)),
            Own(new BatchNorm2d($"{name}.bn1", channels, relu: true)),
            Own(new Conv2d($"{name}.conv2", channels, channels, 3, stride, padding: 1, bias: false, fanOutNormal: true)),
            Own(new BatchNorm2d($"{name}.bn2", channels, relu: true)),
            Own(new Conv2d($"{name}.conv3", channels, outputs, 1, bias: false, fanOutNormal: true)),
        ];
        _last = Own(new BatchNorm2d($"{name}.bn3", outputs, relu: true));
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
        var inner = graph.AddRow(_inner, input);
        return graph.Add(_last, inner, graph.AddRow(_projection, input));
    }
}
