using SparseKernels.Onnx.Graphs;

namespace SparseKernels.Onnx.Exporting;

/// <summary>
/// The form for inference: <c>w' = w · s</c> and <c>bias' = (bias − mean) · s + shift</c> with <c>s = scale/√(var + ε)</c> for a batch
/// normalisation behind a convolution that nothing else reads, and no dropout.
/// </summary>
internal static class InferenceFolding
{
    public static ExportedGraph Fold(ExportedGraph graph)
    {
        var constants = new Dictionary<string, ConstantTensor>(graph.Constants, StringComparer.Ordinal);
        var outputs = graph.Outputs.Select(output => output.Name).ToHashSet(StringComparer.Ordinal);
        var nodes = WithoutDropout(graph.Nodes, outputs);
        var readers = nodes.SelectMany(node => node.Inputs).Concat(outputs).GroupBy(name => name)
            .ToDictionary(group => group.Key, group => group.Count(), StringComparer.Ordinal);
        var folded = new List<OnnxNode>();
        foreach (var node in nodes)
        {
            var convolution = node.Operator == "BatchNormalization"
                ? folded.Find(before => before.Operator == "Conv" && before.Outputs[0] == node.Inputs[0])
                : null;
            if (convolution is null || readers[node.Inputs[0]] != 1 || readers[convolution.Inputs[1]] != 1)
            {
                folded.Add(node);
                continue;
            }

            folded[folded.IndexOf(convolution)] = Join(convolution, node, constants);
        }

        var read = folded.SelectMany(node => node.Inputs).ToHashSet(StringComparer.Ordinal);
        return graph with { Nodes = folded, Constants = constants.Where(entry => read.Contains(entry.Key)).ToDictionary(StringComparer.Ordinal) };
    }

    private static OnnxNode Join(OnnxNode convolution, OnnxNode normalisation, Dictionary<string, ConstantTensor> constants)
    {
        var weights = constants[convolution.Inputs[1]];
        var (gain, shift, mean, variance) = (Floats(1), Floats(2), Floats(3), Floats(4));
        var bias = convolution.HasInput(2) ? constants[convolution.Inputs[2]].Floats : new float[gain.Length];
        var (newWeights, newBias) = ((float[])weights.Floats.Clone(), new float[gain.Length]);
        var filter = newWeights.Length / gain.Length;
        for (var k = 0; k < gain.Length; k++)
        {
            var scale = gain[k] / Math.Sqrt(variance[k] + (double)normalisation.Float("epsilon", 1e-5f));
            foreach (ref var weight in newWeights.AsSpan(k * filter, filter)) weight = (float)(weight * scale);
            newBias[k] = (float)(((bias[k] - (double)mean[k]) * scale) + shift[k]);
        }

        // The normalisation's addend has as many elements as the bias and is read no more.
        var biasName = convolution.HasInput(2) ? convolution.Inputs[2] : normalisation.Inputs[2];
        constants[convolution.Inputs[1]] = new ConstantTensor(weights.Shape, newWeights);
        constants[biasName] = new ConstantTensor([newBias.Length], newBias);
        return new OnnxNode(
            convolution.Name, "", "Conv", [convolution.Inputs[0], convolution.Inputs[1], biasName], [.. normalisation.Outputs], [.. convolution.Attributes]);

        float[] Floats(int input) => constants[normalisation.Inputs[input]].Floats;
    }

    private static List<OnnxNode> WithoutDropout(IReadOnlyList<OnnxNode> nodes, HashSet<string> outputs)
    {
        var sources = new Dictionary<string, string>(StringComparer.Ordinal);
        var kept = new List<OnnxNode>();
        foreach (var node in nodes)
        {
            string[] inputs = [.. node.Inputs.Select(input => sources.GetValueOrDefault(input, input))];
            if (node.Operator == "Dropout" && !outputs.Contains(node.Outputs[0])) sources.Add(node.Outputs[0], inputs[0]);
            else kept.Add(new OnnxNode(node.Name, node.Domain, node.Operator, inputs, [.. node.Outputs], [.. node.Attributes]));
        }

        return kept;
    }
}
