using SparseKernels.Training.Graphs;
using SparseKernels.Training.Layers.Convolutions;
using SparseKernels.Training.Layers.Elementwise;
using SparseKernels.Training.Layers.Merging;

namespace SparseKernels.Training.Layers.Composites;

/// <summary>
/// The fire module of SqueezeNet (Iandola et al. 2016): <c>y = relu([expand1x1(h), expand3x3(h)])</c> with <c>h = relu(squeeze(x))</c>, the
/// channels of both expansions one behind the other. Names are torchvision's: <c>squeeze</c>, <c>expand1x1</c>, <c>expand3x3</c>.
/// </summary>
public sealed class Fire : CompositeLayer
{
    private readonly Conv2d _squeeze;
    private readonly Relu _squeezed;
    private readonly Conv2d _expand1x1;
    private readonly Conv2d _expand3x3;
    private readonly Concat _both;
    private readonly Relu _expanded;

    /// <summary>Makes a module.</summary>
    /// <param name="name">Its path in the network.</param>
    /// <param name="inputs">Input channels.</param>
    /// <param name="squeezed">Channels between.</param>
    /// <param name="expanded">Output channels of each expansion; it gives twice as many.</param>
    /// <exception cref="ArgumentException">The sizes make no convolution.</exception>
    public Fire(string name, int inputs, int squeezed, int expanded)
        : base(name)
    {
        _squeeze = Own(new Conv2d($"{name}.squeeze", inputs, squeezed, 1).StartUniform());
        _squeezed = Own(new Relu($"{name}.squeeze_activation"));
        _expand1x1 = Own(new Conv2d($"{name}.expand1x1", squeezed, expanded, 1).StartUniform());
        _expand3x3 = Own(new Conv2d($"{name}.expand3x3", squeezed, expanded, 3, padding: 1).StartUniform());
        _both = Own(new Concat($"{name}.cat"));
        _expanded = Own(new Relu($"{name}.expand_activation"));
    }

    /// <inheritdoc/>
    protected override GraphNode Compose(GraphBuilder graph, GraphNode input)
    {
        var squeezed = graph.AddRow([_squeeze, _squeezed], input);
        var both = graph.Add(_both, graph.Add(_expand1x1, squeezed), graph.Add(_expand3x3, squeezed));

        // One sweep over both instead of one over each.
        return graph.Add(_expanded, both);
    }
}
