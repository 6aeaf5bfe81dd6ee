using SparseKernels.Onnx.Graphs;

namespace SparseKernels.Onnx.Exporting;

/// <summary>A network as nodes of the standard's operators.</summary>
/// <param name="Opset">The version of the operators.</param>
/// <param name="Inputs">The names of the inputs and their sizes for one image.</param>
/// <param name="Outputs">The names of the outputs and their sizes for one image.</param>
/// <param name="Constants">Initialisers.</param>
/// <param name="Nodes">In topological order, from the inputs to the outputs.</param>
internal sealed record ExportedGraph(
    int Opset, IReadOnlyList<ExportedValue> Inputs, IReadOnlyList<ExportedValue> Outputs, IReadOnlyDictionary<string, ConstantTensor> Constants,
    IReadOnlyList<OnnxNode> Nodes);
