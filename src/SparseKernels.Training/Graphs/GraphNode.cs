namespace SparseKernels.Training.Graphs;

/// <summary>A tensor of a graph that is being built: its input, or what one of its layers writes. It belongs to its builder.</summary>
public readonly record struct GraphNode
{
    internal GraphNode(GraphBuilder builder, int tensor) => (Builder, Tensor) = (builder, tensor);

    internal GraphBuilder? Builder { get; }

    /// <summary>Its number: 0 for the input, i + 1 for the output of the i-th layer.</summary>
    internal int Tensor { get; }
}
