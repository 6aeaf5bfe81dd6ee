using SparseKernels.Onnx.Graphs;

namespace SparseKernels.Onnx.Folding;

/// <summary>Gathers what a model has that can't be read, so that one message tells all of it.</summary>
internal sealed class MissingOperators
{
    private const int MostNodesNamed = 5;

    private readonly SortedDictionary<string, List<string>> _operators = new(StringComparer.Ordinal);
    private readonly List<string> _problems = [];

    public void AddOperator(OnnxNode node)
    {
        if (!_operators.TryGetValue(node.FullOperator, out var nodes)) _operators.Add(node.FullOperator, nodes = []);
        nodes.Add($"'{node.Name}'");
    }

    public void AddProblem(OnnxNode node, string message) => _problems.Add($"{node}: {message}");

    /// <exception cref="InvalidDataException">Something was added.</exception>
    public void Throw()
    {
        if (_operators.Count == 0 && _problems.Count == 0) return;
        var parts = new List<string>(_problems);
        if (_operators.Count > 0) parts.Insert(0, $"operators are not supported: {string.Join("; ", _operators
            .Select(entry => Describe(entry.Key, entry.Value)))}");
        throw new InvalidDataException(string.Join("; ", parts));
    }

    private static string Describe(string name, List<string> nodes)
    {
        var more = nodes.Count > MostNodesNamed ? $" and {nodes.Count - MostNodesNamed} more" : "";
        return $"{name} ({string.Join(", ", nodes.Take(MostNodesNamed))}{more})";
    }
}
