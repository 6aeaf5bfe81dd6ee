using SparseKernels.Tensors;
using SparseKernels.Training.Graphs;
using SparseKernels.Training.Layers;
using SparseKernels.Training.Networks;
using SparseKernels.Training.Tensors;

namespace SparseKernels.Training.Stretches;

/// <summary>A stretch's layers built for one size, for one pass at a time: all that Forward leaves for Backward is in it.</summary>
internal sealed class BuiltStretch : IDisposable
{
    private readonly Layer[] _layers;
    private readonly BuiltNetwork _network;
    private readonly SharedWeights? _weights;

    /// <summary>Builds twins of the layers.</summary>
    /// <param name="graph">The layers.</param>
    /// <param name="image">The sizes of one image.</param>
    /// <param name="workspace">Batch, threads and schedule; owned by the object from now on.</param>
    /// <param name="sparse">The layout that suits it, beside the channel-blocked one.</param>
    /// <param name="weights">What it shares with others, whose plans are the workspace's; null where it has its own.</param>
    /// <exception cref="ArgumentException">A layer doesn't fit the ones before it.</exception>
    public BuiltStretch(NetworkGraph graph, FeatureShape image, Workspace workspace, BlockedLayout sparse, SharedWeights? weights)
    {
        var twin = graph.Twin(image);
        _layers = Array.ConvertAll(twin.Placed, placed => placed.Layer);
        _network = new BuiltNetwork(twin, workspace, sparse, givesClasses: false);
        _weights = weights?.Join();
    }

    /// <summary>The layers for a size.</summary>
    public BuiltNetwork Network => _network;

    /// <summary>The sizes of one image of the output.</summary>
    public FeatureShape Output => _network.Outputs[0];

    /// <summary>The output of the last Forward.</summary>
    public BlockedTensor? Y { get; private set; }

    /// <summary>Counts the passes that used it, so that one that came before knows its tensors are gone.</summary>
    public long Passes { get; private set; }

    /// <summary>Runs the layers.</summary>
    /// <param name="graph">The graph that it is a twin of: how its layers behave in training holds here too.</param>
    /// <param name="x"><c>[N, C, H, W]</c>, or <c>[N, H, W, C]</c>.</param>
    /// <param name="layout">The order of its elements.</param>
    /// <param name="training">Whether Backward may follow.</param>
    /// <param name="step">What random masks derive from.</param>
    public void Forward(NetworkGraph graph, ReadOnlySpan<float> x, PlainLayout layout, bool training, long step)
    {
        for (var i = 0; i < _layers.Length && training; i++) _layers[i].InfersInTraining = graph.Placed[i].Layer.InfersInTraining;
        Passes++;
        _network.Workspace.Step = step;
        _network.Load(0, x, layout);
        _weights?.Enter();
        var succeeded = false;
        try
        {
            _network.Forward(training);
            succeeded = true;
        }
        finally
        {
            _weights?.Leave(succeeded);
        }

        Y = _network.Output(0);
    }

    /// <summary>Copies the output of the first images.</summary>
    /// <param name="y"><c>[N, K, P, Q]</c>, or <c>[N, P, Q, K]</c>, for an N of at most the batch.</param>
    /// <param name="layout">The order of its elements.</param>
    public void CopyOutput(Span<float> y, PlainLayout layout) => _network.CopyOutput(0, y, layout);

    /// <summary>Takes a gradient back.</summary>
    /// <param name="dy">The output's gradient, as the output.</param>
    /// <param name="dyLayout">The order of its elements.</param>
    /// <param name="dx">Where the input's gradient goes; empty where it is not wanted.</param>
    /// <param name="dxLayout">The order of its elements.</param>
    public void Backward(ReadOnlySpan<float> dy, PlainLayout dyLayout, Span<float> dx, PlainLayout dxLayout)
    {
        var topology = _network.Workspace.Topology;
        var gradient = _network.Workspace.Gradients.RentLike(Y!);
        if (dyLayout == PlainLayout.Nhwc) gradient.CopyFromNhwc(dy, gradient.N, topology);
        else gradient.CopyFromNchw(dy, topology);
        var below = _network.Backward(gradient, wantsInputGradient: !dx.IsEmpty);
        if (below is null) return;
        if (dxLayout == PlainLayout.Nhwc) below.CopyToNhwc(dx, below.N, topology);
        else below.CopyToNchw(dx, topology);
        _network.Workspace.Gradients.Return(below);
    }

    public void Dispose()
    {
        _network.Dispose();
        _weights?.Dispose();
    }
}
