namespace SparseKernels.Architecture.Tests.Checks;

/// <summary>Groups in which each member refers to each other one, over others of the group or by itself.</summary>
internal static class Circles
{
    /// <param name="edges">From where to where references go.</param>
    /// <returns>Each group of two or more, sorted.</returns>
    public static List<List<T>> Of<T>(IEnumerable<(T From, T To)> edges) where T : notnull
    {
        var next = edges.Distinct().ToLookup(edge => edge.From, edge => edge.To);
        var reached = next.ToDictionary(from => from.Key, from => ReachedFrom(from.Key, next));
        var circles = new List<List<T>>();
        foreach (var start in reached.Keys.Order())
        {
            if (circles.Any(circle => circle.Contains(start))) continue;
            var circle = reached[start].Where(other => reached.TryGetValue(other, out var back) && back.Contains(start)).Append(start);
            if (circle.Distinct().Order().ToList() is { Count: > 1 } found) circles.Add(found);
        }

        return circles;
    }

    private static HashSet<T> ReachedFrom<T>(T start, ILookup<T, T> next)
    {
        var reached = new HashSet<T>();
        var open = new Stack<T>(next[start]);
        while (open.TryPop(out var node))
        {
            if (!reached.Add(node)) continue;
            foreach (var to in next[node]) open.Push(to);
        }

        return reached;
    }
}
