using SparseKernels.Training.Graphs;
using SparseKernels.Training.Layers.BatchNormalisation;
using SparseKernels.Training.Layers.Convolutions;
using SparseKernels.Training.Layers.Elementwise;

namespace SparseKernels.Training.Layers.Composites;

/// <summary>
/// The inverted residual block of MobileNetV2 (Sandler et al. 2018): a 1×1 convolution to more channels, a depthwise 3×3 one, each with batch
/// normalisation and ReLU6, and a 1×1 one with batch normalisation alone, to which the block's input is added where stride and channels allow.
/// Names are torchvision's: <c>conv.0.0</c>, <c>conv.0.1</c>, <c>conv.1.0</c>, <c>conv.1.1</c>, <c>conv.2</c>, <c>conv.3</c>; a block of
/// expansion 1 has no first convolution and begins at the second.
/// </summary>
public sealed class InvertedResidual : CompositeLayer
{
    private readonly List<Layer> _inner = [];
    private readonly BatchNorm2d _last;
    private readonly bool _addsInput;

    /// <summary>Makes a block.</summary>
    /// <param name="name">Its path in the network.</param>
    /// <param name="inputs">Input channels.</param>
    /// <param name="outputs">Output channels.</param>
    /// <param name="stride">Stride of the depthwise convolution.</param>
    /// <param name="expansion">Channels inside for each input channel; 1 or more.</param>
    /// <exception cref="ArgumentException">The sizes make no convolution.</exception>
    public InvertedResidual(string name, int inputs, int outputs, int stride, int expansion)
        : base(name)
    {
        var channels = inputs * expansion;
        var part = 0;
        if (expansion != 1) Add(inputs, kernel: 1, step: 1, groups: 1);
        Add(channels, kernel: 3, stride, groups: channels);
        _inner.Add(Own(new Conv2d($"{name}.conv.{part}", channels, outputs, 1, bias: false).StartFanOut()));
        _last = Own(new BatchNorm2d($"{name}.conv.{part + 1}", outputs));
        _addsInput = stride == 1 && inputs == outputs;

        void Add(int from, int kernel, int step, int groups)
        {
            var path = $"{name}.conv.{part++}";
            _inner.Add(Own(new Conv2d($"{path}.0", from, channels, kernel, step, kernel / 2, groups: groups, bias: false).StartFanOut()));
            _inner.Add(Own(new BatchNorm2d($"{path}.1", channels)));
            _inner.Add(Own(new Relu6($"{path}.2")));
        }
    }

    /// <inheritdoc/>
    protected override GraphNode Compose(GraphBuilder graph, GraphNode input)
    {
        var inner = graph.AddRow(_inner, input);
        return _addsInput ? graph.Add(_last, inner, input) : graph.Add(_last, inner);
    }
}
