using SparseKernels.Training.Graphs;
using SparseKernels.Training.Layers.Convolutions;
using SparseKernels.Training.Layers.Elementwise;
using SparseKernels.Training.Layers.Merging;
using SparseKernels.Training.Layers.Pooling;

namespace SparseKernels.Training.Layers.Composites;

/// <summary>
/// Squeeze and excitation (Hu et al. 2018): <c>y[c] = x[c] · s[c]</c> with <c>s = σ(fc2(relu(fc1(mean(x)))))</c>, one scale for each channel of
/// each image from the means over its pixels; σ is the logistic function, or the piecewise linear one of MobileNetV3. Names are torchvision's:
/// <c>fc1</c> and <c>fc2</c>, 1×1 convolutions, behind <c>avgpool</c>.
/// </summary>
public sealed class SqueezeExcitation : CompositeLayer
{
    private readonly Layer[] _scale;
    private readonly Multiply _product;

    /// <summary>Makes a block.</summary>
    /// <param name="name">Its path in the network.</param>
    /// <param name="channels">Channels of input and output.</param>
    /// <param name="squeezed">Channels between; a fourth or a sixteenth by custom.</param>
    /// <param name="hardSigmoid">Whether σ is <c>min(max(x + 3, 0), 6)/6</c>, as in MobileNetV3.</param>
    /// <exception cref="ArgumentException">The sizes make no convolution.</exception>
    public SqueezeExcitation(string name, int channels, int squeezed, bool hardSigmoid = false)
        : base(name)
    {
        var scale = $"{name}.scale_activation";
        _scale =
        [
            Own(new AvgPool2d($"{name}.avgpool")),
            Own(new Conv2d($"{name}.fc1", channels, squeezed, 1)),
            Own(new Relu($"{name}.activation")),
            Own(new Conv2d($"{name}.fc2", squeezed, channels, 1)),
            Own<Layer>(hardSigmoid ? new HardSigmoid(scale) : new Sigmoid(scale)),
        ];
        _product = Own(new Multiply($"{name}.mul"));
    }

    /// <inheritdoc/>
    protected override GraphNode Compose(GraphBuilder graph, GraphNode input) => graph.Add(_product, input, graph.AddRow(_scale, input));
}
