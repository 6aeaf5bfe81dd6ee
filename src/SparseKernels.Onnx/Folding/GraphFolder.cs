using SparseKernels.Onnx.Graphs;

namespace SparseKernels.Onnx.Folding;

/// <summary>
/// Walks a graph once, finds the sizes of all values, computes what doesn't depend on the input, and takes out nodes that hand on what
/// they get. All that can't be done is told in one message.
/// </summary>
internal sealed class GraphFolder
{
    private const int Float32 = 1;

    private readonly OnnxGraph _graph;
    private readonly Dictionary<string, ConstantTensor> _constants;
    private readonly Dictionary<string, int[]> _shapes = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _aliases = new(StringComparer.Ordinal);
    private readonly List<OnnxNode> _nodes = [];
    private readonly MissingOperators _missing = new();

    private GraphFolder(OnnxGraph graph)
    {
        _graph = graph;
        _constants = new Dictionary<string, ConstantTensor>(graph.Constants, StringComparer.Ordinal);
    }

    /// <summary>Folds a graph.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="inputs">The sizes of each input, for one image.</param>
    /// <returns>What is left.</returns>
    /// <exception cref="InvalidDataException">Operators or settings are not supported: the message lists all of them with their nodes.</exception>
    public static FoldedGraph Fold(OnnxGraph graph, IReadOnlyDictionary<string, int[]> inputs)
    {
        var folder = new GraphFolder(graph);
        foreach (var (name, shape) in inputs) folder._shapes.Add(name, shape);
        foreach (var node in graph.Nodes) folder.Visit(node);
        folder._missing.Throw();
        return new FoldedGraph(
            graph.Opset, [.. graph.Inputs.Select(input => input.Name)], [.. graph.Outputs.Select(output => folder.Resolve(output.Name))], folder._constants,
            folder._shapes, folder._nodes);
    }

    private void Visit(OnnxNode original)
    {
        var node = new OnnxNode(
            original.Name, original.Domain, original.Operator, [.. original.Inputs.Select(Resolve)], [.. original.Outputs], [.. original.Attributes]);
        if (node.Domain.Length > 0 || !(ConstantOperators.Has(node.Operator) || OperatorShapes.Has(node.Operator)))
        {
            _missing.AddOperator(node);
            return;
        }

        // Behind a node that failed nothing is known; it has been told already.
        if (node.Inputs.Any(input => input.Length > 0 && !_constants.ContainsKey(input) && !_shapes.ContainsKey(input))) return;
        try
        {
            Fold(node, new OperatorCall(node, _graph.Opset, _constants, _shapes));
        }
        catch (Exception e) when (e is InvalidDataException or OverflowException)
        {
            _missing.AddProblem(node, e.Message);
        }
    }

    private void Fold(OnnxNode node, OperatorCall call)
    {
        if (node.Outputs[0].Length == 0) throw new InvalidDataException("it must have a first output.");
        if (HandsOn(node, call))
        {
            _aliases.Add(node.Outputs[0], node.Inputs[0]);
            return;
        }

        if (ConstantOperators.IsKnown(call))
        {
            var results = ConstantOperators.Evaluate(call);
            if (results.Length < node.Outputs.Count) throw new InvalidDataException($"it has {node.Outputs.Count} outputs, but gives {results.Length}.");
            for (var i = 0; i < node.Outputs.Count; i++)
            {
                if (node.Outputs[i].Length > 0) _constants.Add(node.Outputs[i], results[i]);
            }

            return;
        }

        if (!OperatorShapes.Has(node.Operator)) throw new InvalidDataException("it is supported on constants only.");
        if (node.Outputs.Skip(1).Any(output => output.Length > 0 && IsRead(output)))
            throw new InvalidDataException($"only its first output can be used, not '{node.Outputs.Skip(1).First(output => output.Length > 0)}'.");
        var shape = OperatorShapes.Infer(call);
        if (shape.Length == 0 || shape[0] != 1)
            throw new InvalidDataException($"it mixes the images of a batch: its result is {TensorShape.Text(shape)} for one image.");
        _shapes.Add(node.Outputs[0], shape);
        _nodes.Add(node);
    }

    /// <summary>Whether the result is the first input as it is.</summary>
    private static bool HandsOn(OnnxNode node, OperatorCall call) => node.HasInput(0) && call.Constant(0) is null && node.Operator switch
    {
        "Identity" => true,
        "Cast" => node.Integer("to", 0) == Float32,
        "Dropout" => call.Float("ratio", 1, 0.5f) == 0,
        "Transpose" => node.Integers("perm") is { } order && order.Select((axis, i) => axis == i).All(stays => stays),
        "Expand" => TensorShape.Broadcast(call.Shape(0), TensorShape.FromLongs(call.Known(1).Integers)).AsSpan().SequenceEqual(call.Shape(0)),
        _ => false,
    };

    private bool IsRead(string output) => _graph.Outputs.Any(value => value.Name == output) || _graph.Nodes.Any(node => node.Inputs.Contains(output));

    private string Resolve(string name) => _aliases.TryGetValue(name, out var source) ? source : name;
}
