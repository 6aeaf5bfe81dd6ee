using SparseKernels.Training.Graphs;
using SparseKernels.Training.Layers;

namespace SparseKernels.Training.Tests.Support;

/// <summary>A graph with one input as a layer. It owns some layers and what a function places beside them.</summary>
internal sealed class Composition : CompositeLayer
{
    private readonly Func<Owner, GraphNode, GraphNode> _compose;

    public Composition(string name, Func<Owner, GraphNode, GraphNode> compose, params Layer[] layers)
        : base(name)
    {
        _compose = compose;
        foreach (var layer in layers) Own(layer);
    }

    protected override GraphNode Compose(GraphBuilder graph, GraphNode input) => _compose(new Owner(this, graph), input);

    /// <summary>A builder whose layers the composition takes for its own when it composes first, by their names.</summary>
    internal sealed class Owner(Composition composition, GraphBuilder graph)
    {
        public GraphNode Add(Layer layer, params ReadOnlySpan<GraphNode> inputs) =>
            graph.Add(composition.Owned.FirstOrDefault(owned => owned.Name == layer.Name) ?? composition.Own(layer), inputs);
    }
}
