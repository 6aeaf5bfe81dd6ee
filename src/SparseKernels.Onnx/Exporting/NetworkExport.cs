using SparseKernels.Training.Graphs;
using SparseKernels.Training.Layers;
using SparseKernels.Training.Layers.GroupNormalisation;
using SparseKernels.Training.Networks;

namespace SparseKernels.Onnx.Exporting;

/// <summary>Makes nodes of a network's layers.</summary>
internal static class NetworkExport
{
    private const int Opset = 17, OpsetOfGroups = 21;

    /// <exception cref="ArgumentException">Layers have no operator in the standard.</exception>
    public static ExportedGraph Run(Network network)
    {
        var placed = network.Graph.Placed;
        Layer[] missing = [.. placed.Select(at => at.Layer).Where(layer => layer is not InputLayer && !LayerNodes.Has(layer))];
        if (missing.Length > 0)
            throw new ArgumentException(
                $"layers of network must have operators in ONNX, which these have not: {string.Join(", ", missing
                    .Select(layer => $"{layer.GetType().Name} '{layer.Name}'"))}.",
                nameof(network));
        var opset = placed.Any(at => at.Layer is GroupNorm) ? OpsetOfGroups : Opset;
        var scope = new ExportScope(opset, network.Inputs, network.Outputs.Select(output => output.Name), network.State.Select(tensor => tensor.Name));
        var values = new string[placed.Length + 1];
        for (var i = 0; i < network.Inputs.Count; i++) values[i] = network.Inputs[i].Name;
        for (var i = network.Inputs.Count - 1; i < placed.Length; i++)
        {
            try
            {
                values[i + 1] = LayerNodes.Add(scope, placed[i].Layer, [.. placed[i].Inputs.Select(tensor => values[tensor])]);
            }
            catch (InvalidDataException e)
            {
                throw new ArgumentException($"{placed[i].Layer.Name} of network can't be written: {e.Message}", nameof(network), e);
            }
        }

        return scope.Finish([.. network.Graph.Outputs.Select((output, i) => (output.Name, Value: OutputOf(scope, network, i, values[output.Tensor])))]);
    }

    /// <summary>An output as callers get it: what has one pixel as rows, images as images.</summary>
    private static string OutputOf(ExportScope scope, Network network, int output, string value)
    {
        var image = network.Outputs[output].Image;
        return image is { Height: 1, Width: 1 } ? scope.Row(value) : scope.Image(value);
    }
}
