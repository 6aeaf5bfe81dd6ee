using SparseKernels.Onnx.Graphs;

namespace SparseKernels.Onnx.Folding;

/// <summary>
/// A graph for one size of image, of which only the nodes are left that depend on the input. Sizes are those for one image: the first is 1
/// everywhere and stands for the batch.
/// </summary>
/// <param name="Opset">The version of the standard's operators.</param>
/// <param name="Inputs">The names of what callers give.</param>
/// <param name="Outputs">The names of what callers get.</param>
/// <param name="Constants">What is known.</param>
/// <param name="Shapes">The sizes of all else.</param>
/// <param name="Nodes">In topological order.</param>
internal sealed record FoldedGraph(
    int Opset, IReadOnlyList<string> Inputs, IReadOnlyList<string> Outputs, IReadOnlyDictionary<string, ConstantTensor> Constants,
    IReadOnlyDictionary<string, int[]> Shapes, IReadOnlyList<OnnxNode> Nodes)
{
    /// <summary>A node with what is known of its inputs.</summary>
    public OperatorCall Call(OnnxNode node) => new(node, Opset, Constants, Shapes);
}
