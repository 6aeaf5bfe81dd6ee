using SparseKernels.Onnx.Folding;
using SparseKernels.Onnx.Graphs;

namespace SparseKernels.Onnx.Rewriting;

/// <summary>
/// Replaces what exporters write in several nodes by the one operator that it means: hard-swish, SiLU, linear layers, means over the image,
/// arithmetic with a constant for each channel. Afterwards nodes are left that nobody reads; they are taken out.
/// </summary>
internal static class GraphRewriter
{
    /// <summary>The first rule that fits a node wins. They are tried on a graph whose nodes before it have been rewritten.</summary>
    private static readonly Func<RewriteScope, OnnxNode, OnnxNode?>[] s_patterns =
    [
        ActivationPatterns.HardSigmoid, ActivationPatterns.HardSwish, ActivationPatterns.Silu, LinearPatterns.Product, LinearPatterns.Bias,
    ];

    private static readonly Func<RewriteScope, OnnxNode, OnnxNode?>[] s_forms =
    [
        ChannelArithmetic.ConvolutionBias, ChannelArithmetic.Affine, ChannelArithmetic.Sum, ReducedForms.GlobalMean, ReducedForms.LeakyPRelu,
    ];

    public static FoldedGraph Rewrite(FoldedGraph graph)
    {
        // Patterns first: they hold constants that would be arithmetic of their own.
        var rewritten = WithoutUnread(Apply(graph, s_patterns));
        return WithoutUnread(Apply(rewritten, s_forms));
    }

    private static FoldedGraph Apply(FoldedGraph graph, Func<RewriteScope, OnnxNode, OnnxNode?>[] rules)
    {
        var scope = new RewriteScope(graph);
        foreach (var node in graph.Nodes) scope.Add(rules.Select(rule => rule(scope, node)).FirstOrDefault(result => result is not null) ?? node);
        return graph with { Nodes = scope.Nodes, Constants = scope.Constants };
    }

    private static FoldedGraph WithoutUnread(FoldedGraph graph)
    {
        var read = graph.Outputs.ToHashSet(StringComparer.Ordinal);
        var kept = new List<OnnxNode>();
        foreach (var node in graph.Nodes.Reverse())
        {
            if (!node.Outputs.Any(read.Contains)) continue;
            kept.Add(node);
            read.UnionWith(node.Inputs);
        }

        kept.Reverse();
        return graph with { Nodes = kept };
    }
}
