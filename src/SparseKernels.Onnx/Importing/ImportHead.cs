using SparseKernels.Onnx.Folding;
using SparseKernels.Onnx.Graphs;
using SparseKernels.Onnx.Rewriting;
using SparseKernels.Training.Graphs;
using SparseKernels.Training.Layers.Convolutions;
using SparseKernels.Training.Layers.Reshaping;

namespace SparseKernels.Onnx.Importing;

/// <summary>The end of a network: as the model has it, or made anew for other classes.</summary>
internal static class ImportHead
{
    /// <summary>Whether a node is part of the end that is made anew.</summary>
    public static bool Replaces(FoldedGraph graph, OnnxNode node, int? classes) => classes is not null && Replaced(graph).Contains(node);

    /// <summary>Adds what is missing at the end.</summary>
    /// <returns>The network's output.</returns>
    public static GraphNode Finish(ImportScope scope, FoldedGraph graph, int? classes)
    {
        if (classes is not { } count)
        {
            var output = scope.Value(graph.Outputs[0]);
            return output.Features is { Height: 1, Width: 1 } ? output.Node : scope.Builder.Add(new Flatten(scope.Names.Free("flatten")), output.Node);
        }

        var replaced = Replaced(graph);
        var linear = replaced.Find(node => node.Operator == ReadOperators.Linear);
        var features = scope.Written(replaced.Count > 0 ? replaced[0].Inputs[0] : graph.Outputs[0]);
        var name = linear is null ? scope.Names.Free("head") : scope.Names.OfWeights(linear.Inputs[1]);
        return scope.Builder.Add(new Linear(name, features.Features, count), features.Node);
    }

    /// <summary>The nodes at the end that are left out, in their order: a fully connected layer and a softmax behind it, each if it is there.</summary>
    private static List<OnnxNode> Replaced(FoldedGraph graph)
    {
        var replaced = new List<OnnxNode>();
        var last = graph.Nodes.LastOrDefault(node => node.Outputs.Contains(graph.Outputs[0]));
        while (last is not null && last.Operator is "Softmax" or "Reshape" or "Flatten" or ReadOperators.Linear)
        {
            replaced.Insert(0, last);
            if (last.Operator == ReadOperators.Linear) return replaced;
            last = graph.Nodes.FirstOrDefault(node => node.Outputs.Contains(replaced[0].Inputs[0]));
        }

        // Without a fully connected layer at the end only a softmax is taken away; reshaping stays, it makes no layer.
        return [.. replaced.Where(node => node.Operator == "Softmax").Take(1).Where(node => node.Outputs.Contains(graph.Outputs[0]))];
    }
}
