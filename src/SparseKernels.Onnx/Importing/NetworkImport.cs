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

        var input = InputSizes.Of(graph, options);
        var chosen = WholeImagePools.AsGlobal(graph with { Outputs = [OutputOf(graph, options.Output)] }, input);
        var folded = GraphFolder.Fold(chosen, new Dictionary<string, int[]> { [graph.Inputs[0].Name] = input });
        var rewritten = GraphRewriter.Rewrite(folded);
        var fused = LayerFusion.Fuse(rewritten);
        if (!fused.Shapes.ContainsKey(fused.Outputs[0])) throw new InvalidDataException($"the output '{chosen.Outputs[0].Name}' doesn't depend on the input.");
        var scope = new ImportScope(fused, InputSizes.Features(input), options.NormalisationMomentum);
        var missing = new MissingOperators();
        foreach (var node in fused.Nodes)
        {
            if (ImportHead.Replaces(fused, node, options.Classes)) continue;
            Add(scope, node, missing);
        }

        missing.Throw();
        var network = Build(graph, scope, ImportHead.Finish(scope, fused, options.Classes), options);
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

    private static Network Build(OnnxGraph graph, ImportScope scope, Training.Graphs.GraphNode output, OnnxImportOptions options)
    {
        if (!scope.Weights.Any) throw new InvalidDataException("the model has no weights, so there is nothing to train.");
        try
        {
            var name = options.Name ?? (graph.Name.Length > 0 ? graph.Name : "onnx");
            return Network.FromGraph(
                name, scope.Builder.Build(output), options.Batch, options.Seed, options.Topology, options.Schedule, options.Calibration, options.Layout);
        }
        catch (ArgumentException e) when (e.ParamName != "layout")
        {
            throw new InvalidDataException($"the layers don't fit each other: {e.Message}", e);
        }
    }

    private static OnnxValue OutputOf(OnnxGraph graph, string? name)
    {
        var all = string.Join(", ", graph.Outputs.Select(output => $"'{output.Name}'"));
        if (name is null && graph.Outputs.Count > 1)
            throw new InvalidDataException($"there are {graph.Outputs.Count} outputs, {all}: name one (Output).");
        return name is null
            ? graph.Outputs[0]
            : graph.Outputs.FirstOrDefault(output => output.Name == name)
                ?? throw new ArgumentException($"Output must be one of {all}, got '{name}'.", nameof(name));
    }
}
