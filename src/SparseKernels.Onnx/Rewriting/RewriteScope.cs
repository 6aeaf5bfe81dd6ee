using System.Globalization;
using SparseKernels.Onnx.Folding;
using SparseKernels.Onnx.Graphs;

namespace SparseKernels.Onnx.Rewriting;

/// <summary>The part of a graph before the node that is looked at, as rules see it.</summary>
internal sealed class RewriteScope(FoldedGraph graph)
{
    private readonly Dictionary<string, OnnxNode> _writers = new(StringComparer.Ordinal);
    private readonly Dictionary<string, ConstantTensor> _constants = new(graph.Constants, StringComparer.Ordinal);
    private readonly List<OnnxNode> _nodes = [];

    public IReadOnlyList<OnnxNode> Nodes => _nodes;

    public IReadOnlyDictionary<string, ConstantTensor> Constants => _constants;

    public void Add(OnnxNode node)
    {
        _nodes.Add(node);
        foreach (var output in node.Outputs) _writers[output] = node;
    }

    public OperatorCall Call(OnnxNode node) => new(node, graph.Opset, _constants, graph.Shapes);

    public int[] Shape(string value) => _constants.TryGetValue(value, out var constant) ? constant.Shape : graph.Shapes[value];

    /// <summary>The node of the given operator that writes a value; null if another one does.</summary>
    public OnnxNode? Writer(string value, string operatorName) => _writers.TryGetValue(value, out var node) && node.Operator == operatorName ? node : null;

    /// <summary>Whether one node alone reads a value, and no caller gets it.</summary>
    public bool HasOneReader(string value) => !graph.Outputs.Contains(value) && graph.Nodes.Sum(node => node.Inputs.Count(input => input == value)) == 1;

    /// <summary>A constant of one element, as a number; null if the value is another.</summary>
    public float? Number(string value) => _constants.TryGetValue(value, out var constant) && constant.Length == 1 ? constant.Single() : null;

    public bool IsConstant(string value) => _constants.ContainsKey(value);

    /// <summary>The input of a node with two inputs that is not the given one; null if neither is.</summary>
    public static string? Other(OnnxNode node, string input) =>
        node.Inputs is not [var a, var b] ? null : a == input ? b : b == input ? a : null;

    /// <summary>Keeps a constant that a rule made.</summary>
    /// <returns>Its name.</returns>
    public string Keep(ConstantTensor constant, string name)
    {
        for (var number = 0; !_constants.TryAdd(name, constant); number++) name = string.Create(CultureInfo.InvariantCulture, $"{name}.{number}");
        return name;
    }
}
