using SparseKernels.Tensors;
using SparseKernels.Training.Channels;
using SparseKernels.Training.Layers;
using SparseKernels.Training.Parameters;
using SparseKernels.Training.Tensors;
using SparseKernels.Training.Zeros;

namespace SparseKernels.Training.Graphs;

/// <summary>
/// A layer that is a graph of layers: a block that networks repeat. It owns its layers, which its constructor hands to
/// <see cref="Own"/>, and says in <see cref="Compose"/> how they hang together. In a network they run one by one, as if they had been added
/// to it themselves.
/// </summary>
public abstract class CompositeLayer : Layer
{
    private readonly List<Layer> _owned = [];
    private BuiltGraph? _built;
    private bool _isTwin;

    /// <summary>Makes a composite without layers.</summary>
    /// <param name="name">Its path in the network; those of its layers begin with it by custom: <c>layer1.0.conv1</c>.</param>
    /// <exception cref="ArgumentException"><paramref name="name"/> is null or empty.</exception>
#pragma warning disable RS0022 // Users may derive from it; Layer itself has no protected members.
    protected CompositeLayer(string name)
#pragma warning restore RS0022
        : base(name)
    {
    }

    /// <summary>The parameters of its layers, in the order in which it owns them.</summary>
    public sealed override IReadOnlyList<Parameter> Parameters => [.. _owned.SelectMany(layer => layer.Parameters)];

    /// <summary>The buffers of its layers, in the same order.</summary>
    public sealed override IReadOnlyList<NamedTensor> Buffers => [.. _owned.SelectMany(layer => layer.Buffers)];

    /// <summary>Those of its layers, and one for adding up gradients where its branches part.</summary>
    public sealed override IReadOnlyList<LayerTiming> Timings => [.. _owned.SelectMany(layer => layer.Timings), Timing];

    /// <summary>Its layers.</summary>
    internal IReadOnlyList<Layer> Owned => _owned;

    internal sealed override Padding2D Border => Borders.Widest(_owned);

    internal sealed override Padding2D PlanarBorder => Borders.Of(_owned, BlockedLayout.Planar);

    internal sealed override IReadOnlyList<LayerPlan> Plans => _built?.Plans ?? [];

    /// <summary>Adds its layers to a graph, each of them once.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="input">What the composite reads.</param>
    /// <returns>What it gives.</returns>
    protected abstract GraphNode Compose(GraphBuilder graph, GraphNode input);

    /// <summary>As <see cref="Compose"/>, for the builder.</summary>
    internal GraphNode Expand(GraphBuilder graph, GraphNode input) => Compose(graph, input);

    /// <summary>Takes a layer for its own. The order is that of its parameters.</summary>
    /// <typeparam name="TLayer">The layer's type.</typeparam>
    /// <param name="layer">The layer.</param>
    /// <returns>The layer.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="layer"/> is null.</exception>
    protected TLayer Own<TLayer>(TLayer layer)
        where TLayer : Layer
    {
        ArgumentNullException.ThrowIfNull(layer);
        _owned.Add(layer);
        return layer;
    }

    internal sealed override Layer Twin()
    {
        var twin = (CompositeLayer)Clone();
        (twin._built, twin._isTwin) = (null, true);
        return twin;
    }

    internal sealed override void ResetBuffers()
    {
        foreach (var layer in _owned) layer.ResetBuffers();
    }

    internal sealed override ChannelSpace Link(ChannelLinks links, ChannelSpace input) => Graph(new FeatureShape(1, 1, 1)).Link(links, input)[0];

    internal sealed override BlockedTensor Forward(BlockedTensor x, bool training) => _built!.Forward(x, training);

    internal sealed override BlockedTensor? Backward(BlockedTensor dy, bool wantsInputGradient) => _built!.Backward(dy, wantsInputGradient);

    private protected sealed override FeatureShape Allocate(FeatureShape input)
    {
        var graph = Graph(input);
        _built = new BuiltGraph(_isTwin ? graph.Twin() : graph, input, Workspace, mayWriteInput: false, InputZeros);
        return _built.Shapes[0];
    }

    private protected sealed override ActivationZeros DescribeZeros(FeatureShape output) => _built!.OutputZeros;

    private protected sealed override void Release()
    {
        _built?.Dispose();
        _built = null;
    }

    /// <summary>Its layers as a graph of their own.</summary>
    private NetworkGraph Graph(FeatureShape input)
    {
        var builder = new GraphBuilder();
        return builder.Build(builder.Add(this, builder.Input(input)));
    }
}
