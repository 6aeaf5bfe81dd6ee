using SparseKernels.Onnx.Folding;
using SparseKernels.Onnx.Graphs;
using SparseKernels.Onnx.Rewriting;
using SparseKernels.Training.Networks;

namespace SparseKernels.Onnx.Importing;

/// <summary>Makes a network of a graph: folds it for a size of image, recognises what is written in parts, and adds a layer for each node left.</summary>
internal static class NetworkImport
{
    /// <exception cref="ArgumentException">An option is out of its range, or names what the graph has not.</exception>
    /// <exception cref="InvalidDataException">The graph can't be made a network.</exception>
    public static Network Run(OnnxGraph graph, OnnxImportOptions options)
    {
        if (options.Batch < 1) throw new ArgumentOutOfRangeException(nameof(options), options.Batch, "Batch must be 1 or more.");
        if (options.Classes is < 1) throw new ArgumentOutOfRangeException(nameof(options), options.Classes, "Classes must be 1 or more.");
        if (options.NormalisationMomentum is not (null or (> 0 and <= 1)))
        {
            throw new ArgumentOutOfRangeException(
                nameof(options), options.NormalisationMomentum, "NormalisationMomentum must be over 0 and at most 1.");
        }

        var inputs = InputSizes.Of(graph, options);
        var chosen = WholeImagePools.AsGlobal(graph with { Outputs = OutputsOf(graph, options) }, inputs);
        var folded = GraphFolder.Fold(chosen, inputs);
        var rewritten = GraphRewriter.Rewrite(folded);
        var fused = LayerFusion.Fuse(rewritten);
        foreach (var (name, value) in chosen.Outputs.Zip(fused.Outputs, (output, value) => (output.Name, value)))
        {
            if (!fused.Shapes.ContainsKey(value)) throw new InvalidDataException($"the output '{name}' doesn't depend on the input.");
        }

        var scope = new ImportScope(fused, options.NormalisationMomentum);
        var missing = new MissingOperators();
        foreach (var node in fused.Nodes)
        {
            if (ImportHead.Replaces(fused, node, options.Classes)) continue;
            Add(scope, node, missing);
        }

        missing.Throw();
        var network = Build(chosen, scope, fused, options);
        scope.Weights.Load();
        network.Touch();
        return network;
    }

    private static void Add(ImportScope scope, OnnxNode node, MissingOperators missing)
    {
        // Behind a node that failed nothing is known; it has been told already.
        if (node.Inputs.Any(name => name.Length > 0 && !scope.IsKnown(name))) return;
        try
        {
            LayerOperators.Add(scope, node);
        }
        catch (Exception e) when (e is InvalidDataException or ArgumentException)
        {
            missing.AddProblem(node, e.Message);
        }
    }

    private static Network Build(OnnxGraph graph, ImportScope scope, FoldedGraph fused, OnnxImportOptions options)
    {
        var built = scope.HasNames
            ? [.. graph.Outputs.Select((output, i) => (output.Name, Node: options.Classes is null ? scope.Value(fused.Outputs[i]).Node : Head()))]
            : Array.Empty<(string Name, Training.Graphs.GraphNode Node)>();
        var alone = scope.HasNames ? default : Head();
        if (!scope.Weights.Any) throw new InvalidDataException("the model has no weights, so there is nothing to train.");
        try
        {
            var name = options.Name ?? (graph.Name.Length > 0 ? graph.Name : "onnx");
            return Network.FromGraph(
                name, scope.HasNames ? scope.Builder.Build(built) : scope.Builder.Build(alone), options.Batch, options.Seed, options.Topology, options.Schedule, options.Calibration, options.Layout);
        }
        catch (ArgumentException e) when (e.ParamName != "layout")
        {
            throw new InvalidDataException($"the layers don't fit each other: {e.Message}", e);
        }

        Training.Graphs.GraphNode Head() => ImportHead.Finish(scope, fused, options.Classes);
    }

    private static IReadOnlyList<OnnxValue> OutputsOf(OnnxGraph graph, OnnxImportOptions options)
    {
        var all = string.Join(", ", graph.Outputs.Select(output => $"'{output.Name}'"));
        if (options.Output is { } name)
            return [graph.Outputs.FirstOrDefault(output => output.Name == name)
                ?? throw new ArgumentException($"Output must be one of {all}, got '{name}'.", nameof(options))];
        return graph.Outputs.Count == 1 || options.Classes is null
            ? graph.Outputs
            : throw new InvalidDataException($"there are {graph.Outputs.Count} outputs, {all}: name the one that is to tell classes apart (Output).");
    }
}
