using SparseKernels.Onnx.Folding;
using SparseKernels.Onnx.Graphs;

namespace SparseKernels.Onnx.Importing;

/// <summary>
/// Poolings that exporters of early days wrote with a window as large as the image, since there the image has one size. For images of other
/// sizes they are what they were meant to be: poolings over the whole image.
/// </summary>
internal static class WholeImagePools
{
    /// <summary>The graph with such poolings made global, if it is asked for sizes other than its own.</summary>
    /// <exception cref="InvalidDataException">The graph can't be folded for its own sizes.</exception>
    public static OnnxGraph AsGlobal(OnnxGraph graph, IReadOnlyDictionary<string, int[]> asked)
    {
        if (graph.Inputs.Any(input => input.Shape is null || input.Shape.Skip(1).Any(size => size.Size is null))) return graph;
        var own = graph.Inputs.ToDictionary(input => input.Name, input => (int[])[1, .. input.Shape!.Skip(1).Select(size => size.Size!.Value)]);
        if (own.All(input => input.Value.AsSpan().SequenceEqual(asked[input.Key]))) return graph;
        var folded = GraphFolder.Fold(graph, own);
        var whole = folded.Nodes.Where(node => node.Operator is "AveragePool" or "MaxPool" && IsWhole(folded.Call(node)))
            .Select(node => node.Outputs[0]).ToHashSet();
        return graph with { Nodes = [.. graph.Nodes.Select(node => whole.Contains(node.Outputs[0]) ? Global(node) : node)] };
    }

    private static bool IsWhole(OperatorCall call)
    {
        var (x, window) = (call.Image(0), PoolingForm.Of(call).Window);
        return window.Kernel == new Size2D(x[2], x[3]) && window.Padding == 0;
    }

    private static OnnxNode Global(OnnxNode node) => new(node.Name, node.Domain, $"Global{node.Operator}", [.. node.Inputs], [.. node.Outputs]);
}
