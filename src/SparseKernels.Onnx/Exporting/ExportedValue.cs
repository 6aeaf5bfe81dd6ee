namespace SparseKernels.Onnx.Exporting;

/// <summary>An input or output of an exported graph.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Shape">Its sizes for one image.</param>
internal sealed record ExportedValue(string Name, int[] Shape);
