using SparseKernels.Onnx.Graphs;

namespace SparseKernels.Onnx.Rewriting;

/// <summary>Operators that are a simpler one with the settings that networks have.</summary>
internal static class ReducedForms
{
    /// <summary>A mean over rows and columns.</summary>
    public static OnnxNode? GlobalMean(RewriteScope scope, OnnxNode node) =>
        node.Operator == "ReduceMean" ? new OnnxNode(node.Name, "", "GlobalAveragePool", [node.Inputs[0]], [.. node.Outputs]) : null;

    /// <summary>PRelu with one slope for all channels.</summary>
    public static OnnxNode? LeakyPRelu(RewriteScope scope, OnnxNode node)
    {
        if (node.Operator != "PRelu" || !scope.Constants.TryGetValue(node.Inputs[1], out var slopes)) return null;
        return slopes.Length > 0 && slopes.Floats.All(slope => slope == slopes.Floats[0])
            ? new OnnxNode(node.Name, "", "LeakyRelu", [node.Inputs[0]], [.. node.Outputs], new OnnxAttribute("alpha", slopes.Floats[0]))
            : null;
    }
}
