using System.Globalization;
using SparseKernels.Training.Graphs;

namespace SparseKernels.Training.Layers.Composites;

/// <summary>
/// A dense block (Huang et al. 2017): layers, each of which reads the channels of the input and of all layers before it and adds some of its own
/// behind them (<see cref="DenseLayer"/>). Names are torchvision's: <c>denselayer1</c>, <c>denselayer2</c> …
/// </summary>
public sealed class DenseBlock : CompositeLayer
{
    private readonly DenseLayer[] _layers;

    /// <summary>Makes a block.</summary>
    /// <param name="name">Its path in the network.</param>
    /// <param name="inputs">Input channels.</param>
    /// <param name="growth">Channels that each layer adds.</param>
    /// <param name="layers">Layers; 1 or more.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="layers"/> is under 1.</exception>
    /// <exception cref="ArgumentException">The sizes make no convolution.</exception>
    public DenseBlock(string name, int inputs, int growth, int layers)
        : base(name)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(layers, 1);
        _layers =
        [
            .. Enumerable.Range(0, layers).Select(i => Own(
                new DenseLayer(string.Create(CultureInfo.InvariantCulture, $"{name}.denselayer{i + 1}"), inputs + (i * growth), growth))),
        ];
        Outputs = inputs + (layers * growth);
    }

    /// <summary>Output channels: those of the input, and behind them those that the layers add.</summary>
    public int Outputs { get; }

    /// <inheritdoc/>
    protected override GraphNode Compose(GraphBuilder graph, GraphNode input) => graph.AddRow(_layers, input);
}
