using SparseKernels.Onnx.Proto;

namespace SparseKernels.Onnx.Reading;

/// <summary>Finds nodes that wait for each other.</summary>
internal static class GraphCycles
{
    /// <summary>The nodes of one cycle in the order in which data would run; null if there is none.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="writers">Who writes each name.</param>
    public static IReadOnlyList<NodeProto>? Find(GraphProto graph, Dictionary<string, NodeProto?> writers)
    {
        // Kahn's order: what is never freed waits, directly or not, for a cycle. Walking up from there ends in it.
        var readers = new Dictionary<NodeProto, List<NodeProto>>(ReferenceEqualityComparer.Instance);
        var waits = new Dictionary<NodeProto, int>(ReferenceEqualityComparer.Instance);
        foreach (var node in graph.Node) readers.Add(node, []);
        foreach (var node in graph.Node)
        {
            var sources = Sources(node, writers).ToList();
            waits[node] = sources.Count;
            foreach (var source in sources) readers[source].Add(node);
        }

        var free = new Queue<NodeProto>(graph.Node.Where(node => waits[node] == 0));
        while (free.TryDequeue(out var node))
        {
            waits.Remove(node);
            foreach (var reader in readers[node])
            {
                if (--waits[reader] == 0) free.Enqueue(reader);
            }
        }

        return waits.Count == 0 ? null : WalkUp(waits, writers);
    }

    private static List<NodeProto> WalkUp(Dictionary<NodeProto, int> waiting, Dictionary<string, NodeProto?> writers)
    {
        var path = new List<NodeProto>();
        var node = waiting.Keys.First();
        while (!path.Contains(node))
        {
            path.Add(node);
            node = Sources(node, writers).First(waiting.ContainsKey);
        }

        path.RemoveRange(0, path.IndexOf(node));
        path.Reverse();
        return path;
    }

    private static IEnumerable<NodeProto> Sources(NodeProto node, Dictionary<string, NodeProto?> writers)
        => node.Input.Select(input => writers.GetValueOrDefault(input)).OfType<NodeProto>();
}
