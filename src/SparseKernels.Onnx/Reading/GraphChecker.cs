using SparseKernels.Onnx.Proto;
using static SparseKernels.Onnx.Proto.AttributeProto.Types;

namespace SparseKernels.Onnx.Reading;

/// <summary>
/// The rules that every graph keeps (ONNX's docs/IR.md and its checker): each name is written once, nodes stand in topological order,
/// nothing reads a name that nobody writes, and attributes hold what their type says.
/// </summary>
internal static class GraphChecker
{
    /// <summary>Checks a graph.</summary>
    /// <exception cref="InvalidDataException">It breaks a rule; the message names node and value.</exception>
    public static void Check(GraphProto graph)
    {
        if (graph.Node.Count == 0) throw new InvalidDataException("the graph has no nodes.");
        if (graph.Output.Count == 0) throw new InvalidDataException("the graph has no outputs.");
        foreach (var node in graph.Node) CheckNode(node);
        var writers = Writers(graph);
        var written = new HashSet<string>(writers.Where(entry => entry.Value is null).Select(entry => entry.Key), StringComparer.Ordinal);
        foreach (var node in graph.Node)
        {
            foreach (var input in node.Input)
            {
                if (input.Length == 0 || written.Contains(input)) continue;
                if (!writers.TryGetValue(input, out var writer)) throw new InvalidDataException($"{Describe(node)} reads '{input}', which nothing writes.");
                throw new InvalidDataException(
                    GraphCycles.Find(graph, writers) is { } cycle
                        ? $"the nodes {string.Join(", ", cycle.Select(Describe))} read each other's outputs in a circle."
                        : $"{Describe(node)} reads '{input}' before {Describe(writer!)} writes it: nodes must stand in topological order.");
            }

            written.UnionWith(node.Output);
        }

        foreach (var output in graph.Output)
        {
            if (!written.Contains(output.Name)) throw new InvalidDataException($"nothing writes the output '{output.Name}'.");
        }
    }

    /// <summary>A node as messages have it.</summary>
    public static string Describe(NodeProto node) => $"{node.OpType} '{(node.Name.Length > 0 ? node.Name : node.Output.FirstOrDefault())}'";

    private static void CheckNode(NodeProto node)
    {
        if (node.OpType.Length == 0) throw new InvalidDataException($"the node '{node.Name}' has no operator.");
        if (node.Output.All(output => output.Length == 0)) throw new InvalidDataException($"{Describe(node)} writes nothing.");
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var attribute in node.Attribute)
        {
            if (!names.Add(attribute.Name)) throw new InvalidDataException($"{Describe(node)} has the attribute '{attribute.Name}' twice.");
            if (attribute.Type == AttributeType.Undefined || !Enum.IsDefined(attribute.Type))
                throw new InvalidDataException($"attribute '{attribute.Name}' of {Describe(node)} is of an unknown type {(int)attribute.Type}.");
        }
    }

    /// <summary>Who writes each name: a node, or null for an input or initialiser.</summary>
    private static Dictionary<string, NodeProto?> Writers(GraphProto graph)
    {
        var writers = new Dictionary<string, NodeProto?>(StringComparer.Ordinal);
        foreach (var input in graph.Input)
        {
            if (!writers.TryAdd(input.Name, null)) throw new InvalidDataException($"there are two inputs '{input.Name}'.");
        }

        // Up to IR version 3 initialisers are inputs too, later ones may be.
        var initialisers = new HashSet<string>(StringComparer.Ordinal);
        foreach (var name in graph.Initializer.Select(tensor => tensor.Name).Concat(graph.SparseInitializer.Select(tensor => tensor.Values?.Name ?? "")))
        {
            if (name.Length == 0) throw new InvalidDataException("an initialiser has no name.");
            if (!initialisers.Add(name)) throw new InvalidDataException($"there are two initialisers '{name}'.");
            writers[name] = null;
        }

        foreach (var node in graph.Node)
        {
            foreach (var output in node.Output)
            {
                if (output.Length == 0 || writers.TryAdd(output, node)) continue;
                var other = writers[output] is { } writer ? Describe(writer) : "an input or initialiser";
                throw new InvalidDataException($"{Describe(node)} writes '{output}', which {other} has written.");
            }
        }

        return writers;
    }
}
