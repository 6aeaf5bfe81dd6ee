using SparseKernels.Training.Graphs;
using SparseKernels.Training.Layers.BatchNormalisation;
using SparseKernels.Training.Layers.Convolutions;
using SparseKernels.Training.Layers.Pooling;

namespace SparseKernels.Training.Layers.Composites;

/// <summary>
/// What stands between two dense blocks (Huang et al. 2017), <c>y = pool(conv(relu(norm(x))))</c>: a 1×1 convolution to fewer channels and a mean over
/// 2×2 pixels. Names are torchvision's: <c>norm</c>, <c>conv</c>, <c>pool</c>.
/// </summary>
public sealed class DenseTransition : CompositeLayer
{
    private readonly Layer[] _row;

    /// <summary>Makes a transition.</summary>
    /// <param name="name">Its path in the network.</param>
    /// <param name="inputs">Input channels.</param>
    /// <param name="outputs">Output channels; half of them by custom.</param>
    /// <exception cref="ArgumentException">The sizes make no convolution.</exception>
    public DenseTransition(string name, int inputs, int outputs)
        : base(name) => _row =
    [
        Own(new BatchNorm2d($"{name}.norm", inputs, relu: true)),
        Own(new Conv2d($"{name}.conv", inputs, outputs, 1, bias: false).StartFanIn()),
        Own(new AvgPool2d($"{name}.pool", 2)),
    ];

    /// <inheritdoc/>
    protected override GraphNode Compose(GraphBuilder graph, GraphNode input) => graph.AddRow(_row, input);
}
