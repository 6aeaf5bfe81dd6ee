using SparseKernels.Onnx.Graphs;

namespace SparseKernels.Onnx.Exporting;

/// <summary>A network as nodes of the standard's operators.</summary>
/// <param name="Opset">The version of the operators.</param>
/// <param name="Input">The sizes of the input for one image.</param>
/// <param name="OutputShape">The sizes of the output for one image.</param>
/// <param name="Constants">Initialisers.</param>
/// <param name="Nodes">In topological order, from the value <see cref="InputName"/> to <see cref="OutputName"/>.</param>
internal sealed record ExportedGraph(
    int Opset, int[] Input, int[] OutputShape, IReadOnlyDictionary<string, ConstantTensor> Constants, IReadOnlyList<OnnxNode> Nodes)
{
    public const string InputName = "input";

    public const string OutputName = "output";
}
