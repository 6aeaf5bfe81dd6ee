using SparseKernels.Architecture.Tests.Reading;
using SparseKernels.Architecture.Tests.Rooms;

namespace SparseKernels.Architecture.Tests.Checks;

/// <summary>
/// Namespaces, which are folders, refer to one another in one direction, inside a room too. The types that a room names one by one count as
/// a folder of their own.
/// </summary>
internal static class FolderCircles
{
    public static IEnumerable<string> Find(House house, CodeMap map)
    {
        string FolderOf(TypeName type) => house.RoomOf(type) is { Types.Count: > 0 } room ? $"{type.Namespace} ({room})" : type.Namespace;
        var between = map.Pairs.Select(pair => (Pair: pair, From: FolderOf(pair.From), To: FolderOf(pair.To)))
            .Where(edge => edge.From != edge.To)
            .ToList();
        foreach (var circle in Circles.Of(between.Select(edge => (edge.From, edge.To))))
        {
            var references =
                from edge in between
                where circle.Contains(edge.From) && circle.Contains(edge.To)
                group $"        {edge.Pair.From.Name} -> {edge.Pair.To.Name}" by $"    {edge.From} -> {edge.To}" into found
                select $"{found.Key}\n{string.Join('\n', found)}";
            yield return $"a circle of {circle.Count} folders\n{string.Join('\n', references)}";
        }
    }
}
