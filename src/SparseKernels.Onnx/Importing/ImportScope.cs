using SparseKernels.Onnx.Folding;
using SparseKernels.Onnx.Graphs;
using SparseKernels.Training.Graphs;
using SparseKernels.Training.Layers;
using SparseKernels.Training.Layers.Reshaping;
using SparseKernels.Training.Tensors;

namespace SparseKernels.Onnx.Importing;

/// <summary>The network while its layers are added.</summary>
internal sealed class ImportScope
{
    private readonly FoldedGraph _graph;
    private readonly Dictionary<string, ImportedValue> _values = new(StringComparer.Ordinal);

    public ImportScope(FoldedGraph graph, float? normalisationMomentum)
    {
        (_graph, NormalisationMomentum) = (graph, normalisationMomentum);
        var read = graph.Nodes.SelectMany(node => node.Inputs).Concat(graph.Outputs).ToHashSet(StringComparer.Ordinal);
        string[] inputs = [.. graph.Inputs.Where(read.Contains)];

        // What only outputs need that are left out is left out too; an input that no output needs at all is told by the builder.
        if (inputs.Length == 0) inputs = [.. graph.Inputs];
        HasNames = inputs.Length > 1 || graph.Outputs.Count > 1;
        foreach (var name in inputs)
        {
            var image = InputSizes.Features(graph.Shapes[name]);
            _values.Add(name, new ImportedValue(HasNames ? Builder.Input(name, image) : Builder.Input(image), image));
        }
    }

    /// <summary>Whether there are several inputs or outputs, which keep their names and sizes.</summary>
    public bool HasNames { get; }

    public GraphBuilder Builder { get; } = new();

    public LayerNames Names { get; } = new();

    public WeightLoads Weights { get; } = new();

    /// <summary>The share of a batch in running statistics; null for what each node says.</summary>
    public float? NormalisationMomentum { get; }

    public bool IsKnown(string name) => _values.ContainsKey(name) || _graph.Constants.ContainsKey(name);

    public OperatorCall Call(OnnxNode node) => _graph.Call(node);

    /// <summary>A value's elements as the layer that wrote them left them, however the model has reshaped them since.</summary>
    /// <exception cref="InvalidDataException">It is a constant.</exception>
    public ImportedValue Written(string name) =>
        _values.TryGetValue(name, out var value) ? value : throw new InvalidDataException($"'{name}' is constant, and must depend on the input.");

    /// <summary>A value with the sizes that the model gives it.</summary>
    /// <exception cref="InvalidDataException">It is a constant, or was reshaped in a way that no layer does.</exception>
    public ImportedValue Value(string name)
    {
        var value = Written(name);
        var wanted = InputSizes.Features(_graph.Shapes[name]);
        if (value.Features == wanted) return value;
        if (wanted != new FeatureShape(value.Features.Length, 1, 1))
            throw new InvalidDataException($"'{name}' was reshaped from {value.Features} to {wanted}; only flattening is supported.");
        var flat = new ImportedValue(Builder.Add(new Flatten(Names.Free($"{name}.flatten")), value.Node), wanted);
        _values[name] = flat;
        return flat;
    }

    /// <summary>Adds the layer of a node.</summary>
    public void Add(OnnxNode node, Layer layer, params ReadOnlySpan<GraphNode> inputs) =>
        _values.Add(node.Outputs[0], new ImportedValue(Builder.Add(layer, inputs), InputSizes.Features(_graph.Shapes[node.Outputs[0]])));

    /// <summary>Gives an output the elements of an input, in their order.</summary>
    public void HandOn(OnnxNode node) => _values.Add(node.Outputs[0], Written(node.Inputs[0]));
}
