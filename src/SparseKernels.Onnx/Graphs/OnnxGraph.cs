using System.Collections.ObjectModel;

namespace SparseKernels.Onnx.Graphs;

/// <summary>A checked graph: every name is written once, by an input, a constant or a node that stands before all that read it.</summary>
/// <param name="Name">What the file calls it.</param>
/// <param name="Opset">The version of the standard's operators.</param>
/// <param name="Inputs">What callers give, constants left out.</param>
/// <param name="Outputs">What callers get.</param>
/// <param name="Constants">Initialisers by name.</param>
/// <param name="Nodes">In topological order.</param>
internal sealed record OnnxGraph(
    string Name, int Opset, IReadOnlyList<OnnxValue> Inputs, IReadOnlyList<OnnxValue> Outputs, IReadOnlyDictionary<string, ConstantTensor> Constants,
    IReadOnlyList<OnnxNode> Nodes)
{
    /// <summary>What else the file says, by key.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; init; } = ReadOnlyDictionary<string, string>.Empty;
}
