using SparseKernels.Training.Graphs;
using SparseKernels.Training.Layers;
using SparseKernels.Training.Layers.BatchNormalisation;
using SparseKernels.Training.Layers.Convolutions;
using SparseKernels.Training.Layers.Elementwise;
using SparseKernels.Training.Layers.Merging;
using SparseKernels.Training.Layers.Pooling;

namespace SparseKernels.Training.Folding;

/// <summary>
/// A network's layers for inference alone. Batch normalisation behind a convolution that nothing else reads is folded into it
/// (<see cref="FoldedConvolution"/>). A ReLU, ReLU6 or clip that alone reads what a convolution writes is done where the convolution stores its
/// output. What else the normalisation did, a sum or pooling, stays as a layer.
/// </summary>
internal sealed class InferenceFolding
{
    private readonly PlacedLayer[] _from;
    private readonly Func<Layer, Layer> _take;

    /// <summary>Whether the layers' weights are copies, which may be overwritten.</summary>
    private readonly bool _copies;
    private readonly int[] _readers;

    /// <summary>By tensor of the network: the tensor that stands for it.</summary>
    private readonly int[] _tensors;
    private readonly List<PlacedLayer> _placed = [];
    private readonly List<FoldedConvolution> _folded = [];

    private InferenceFolding(NetworkGraph graph, bool copies, Func<Layer, Layer> take)
    {
        (_from, _copies, _take) = (graph.Placed, copies, take);
        (_readers, _tensors) = (new int[_from.Length + 1], new int[_from.Length + 1]);
        foreach (var tensor in _from.SelectMany(placed => placed.Inputs)) _readers[tensor]++;
        foreach (var output in graph.Outputs) _readers[output.Tensor]++;
    }

    /// <summary>The layers for inference, with copies of the weights.</summary>
    /// <param name="graph">The network's, which stay as they are.</param>
    /// <param name="sharesOwn">Whether layers of one's own share their weights with the network: these can't be copied.</param>
    /// <exception cref="ArgumentException">There are layers whose weights can't be copied, and they may not be shared.</exception>
    public static NetworkGraph Of(NetworkGraph graph, bool sharesOwn)
    {
        var folding = new InferenceFolding(graph, copies: true, layer => Copy(layer, sharesOwn));
        var layers = folding.Run(graph);
        foreach (var convolution in folding._folded) convolution.Fold();
        return layers;
    }

    /// <summary>The layers for inference with the network's own weights, which go on changing: only what is folded has weights of its own.</summary>
    /// <param name="graph">The network's, which stay as they are.</param>
    public static FoldedGraph Live(NetworkGraph graph)
    {
        var folding = new InferenceFolding(graph, copies: false, layer => layer.Twin());
        return new FoldedGraph(folding.Run(graph), graph.Layers, folding._folded);
    }

    private NetworkGraph Run(NetworkGraph graph)
    {
        for (var i = 0; i < graph.Placed.Length; i++) Take(i);
        return graph.With(
            [.. _placed.Select(placed => placed.Layer)], [.. _placed],
            Array.ConvertAll(graph.Outputs, output => output with { Tensor = _tensors[output.Tensor] }));
    }

    private void Take(int i)
    {
        var (layer, inputs) = (_from[i].Layer, Array.ConvertAll(_from[i].Inputs, tensor => _tensors[tensor]));
        if (layer.Limits is { } range && Limit(i, range)) return;
        if (FoldedAt(i) is not { } at)
        {
            Place(i, _take(layer), inputs);
            return;
        }

        if (layer is PooledBatchNorm2d pooled)
        {
            Fold(i, at, pooled.AffineOf);
            Place(i, new MaxPool2d(layer.Name, pooled.Size), inputs);
            Place(i, new Relu(layer.Name), [_placed.Count]);
            return;
        }

        var normalisation = (BatchNorm2d)layer;
        Fold(i, at, normalisation.AffineOf);
        if (inputs.Length > 1) Place(i, new Add(layer.Name, normalisation.HasRelu), inputs);
        else if (!normalisation.HasRelu) _tensors[i + 1] = inputs[0];
        else if (!Limit(i, ValueRange.Relu)) Place(i, new Relu(layer.Name), inputs);
    }

    /// <summary>Has a convolution limit its output instead of a layer that alone reads it; whether there is such a convolution.</summary>
    private bool Limit(int i, ValueRange range)
    {
        var tensor = _from[i].Inputs[0];
        var at = _tensors[tensor] - 1;
        if (at < 0 || _readers[tensor] != 1 || _placed[at].Layer is not Conv2d convolution || convolution.Limited(range) is not { } limited) return false;
        Replace(at, limited);
        _tensors[i + 1] = at + 1;
        return true;
    }

    /// <summary>Where the convolution stands into which a layer is folded; null for any other layer.</summary>
    private int? FoldedAt(int i)
    {
        if (_from[i].Layer is not (BatchNorm2d or PooledBatchNorm2d)) return null;
        var tensor = _from[i].Inputs[0];
        return tensor == 0 || _from[tensor - 1].Layer is not Conv2d || _readers[tensor] != 1 ? null : _tensors[tensor] - 1;
    }

    private static Layer Copy(Layer layer, bool sharesOwn) => layer.Snapshot() ?? (sharesOwn ? layer.Twin() : throw new ArgumentException(
        $"network must have layers whose weights can be copied, but {layer.Name} is one of your own with weights: let the predictor own the network."));

    private void Place(int i, Layer layer, int[] inputs)
    {
        _placed.Add(new PlacedLayer(layer, inputs, layer.Timing));
        _tensors[i + 1] = _placed.Count;
    }

    private void Replace(int at, Conv2d convolution) => _placed[at] = new PlacedLayer(convolution, _placed[at].Inputs, convolution.Timing);

    /// <summary>Folds what layer i does to each output channel into the convolution that it reads, which was taken already.</summary>
    private void Fold(int i, int at, Func<int, (double Scale, double Shift)> affine)
    {
        var taken = (Conv2d)_placed[at].Layer;
        var folded = new FoldedConvolution((Conv2d)_from[_from[i].Inputs[0] - 1].Layer, taken, affine, overwrites: _copies);
        _folded.Add(folded);
        Replace(at, folded.Convolution);
    }
}
