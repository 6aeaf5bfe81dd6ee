using SparseKernels.Onnx.Graphs;

namespace SparseKernels.Onnx.Exporting;

/// <summary>The nodes of activations that are more than one operator without settings.</summary>
internal static class ActivationNodes
{
    public static string Clip(ExportScope scope, string name, string x, float lowest, float highest) =>
        scope.Add(name, "Clip", [x, Bound(scope, $"{name}.min", lowest), Bound(scope, $"{name}.max", highest)]);

    private static string Bound(ExportScope scope, string name, float value) => float.IsFinite(value) ? scope.Constant(name, ConstantTensor.Scalar(value)) : "";
}
