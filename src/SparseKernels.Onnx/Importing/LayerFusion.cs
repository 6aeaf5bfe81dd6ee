using SparseKernels.Onnx.Folding;
using SparseKernels.Onnx.Graphs;

namespace SparseKernels.Onnx.Importing;

/// <summary>Joins nodes that our layers run in one sweep over memory: a ReLU behind a batch normalisation or an addition, and both of them.</summary>
internal static class LayerFusion
{
    /// <summary>The attribute of a node behind which a ReLU runs.</summary>
    public const string Relu = "relu";

    /// <summary>The input of a batch normalisation that is added before the ReLU.</summary>
    public const int Addend = 5;

    public static FoldedGraph Fuse(FoldedGraph graph)
    {
        var writers = graph.Nodes.ToDictionary(node => node.Outputs[0], StringComparer.Ordinal);
        var readers = graph.Nodes.SelectMany(node => node.Inputs).Concat(graph.Outputs).GroupBy(name => name)
            .ToDictionary(group => group.Key, group => group.Count());
        var gone = new HashSet<OnnxNode>();
        var nodes = graph.Nodes.Select(node => node.Operator == "Relu" ? Fused(node) : node).ToList();
        return graph with { Nodes = [.. nodes.Where(node => !gone.Contains(node))] };

        OnnxNode? Only(string value, string operatorName) =>
            writers.TryGetValue(value, out var node) && node.Operator == operatorName && readers[value] == 1 ? node : null;

        OnnxNode Fused(OnnxNode relu)
        {
            if (Only(relu.Inputs[0], "BatchNormalization") is { } normalisation)
                return Take(relu, normalisation, [.. normalisation.Inputs.Take(5)], normalisation);
            if (Only(relu.Inputs[0], "Add") is not { } sum) return relu;
            if (sum.Inputs is not [var a, var b] || !HaveOneShape(a, b)) return Take(relu, sum, [.. sum.Inputs], sum);

            // The normalisation runs where the sum ran: what it adds is there by then.
            var (inner, addend) = Only(b, "BatchNormalization") is { } second ? (second, a) : (Only(a, "BatchNormalization"), b);
            return inner is null || gone.Contains(inner) ? Take(relu, sum, [a, b], sum) : Take(relu, inner, [.. inner.Inputs.Take(5), addend], sum, inner);
        }

        OnnxNode Take(OnnxNode relu, OnnxNode from, string[] inputs, params OnnxNode[] taken)
        {
            gone.UnionWith(taken);
            return new OnnxNode(from.Name, "", from.Operator, inputs, [.. relu.Outputs], [.. from.Attributes, new OnnxAttribute(Relu, 1L)]);
        }

        bool HaveOneShape(string a, string b) => a != b && graph.Shapes[a].AsSpan().SequenceEqual(graph.Shapes[b]);
    }
}
