using SparseKernels.Architecture.Tests.Reading;

namespace SparseKernels.Architecture.Tests.Checks;

/// <summary>Within a namespace at most three types know one another.</summary>
internal static class TypeCircles
{
    private const int LargestAllowed = 3;

    /// <summary>Finds circles that are too large.</summary>
    /// <param name="map">Who knows whom.</param>
    /// <param name="isExempt">Types that nobody wrote by hand; none by default.</param>
    public static IEnumerable<string> Find(CodeMap map, Predicate<TypeName>? isExempt = null)
    {
        var inside = map.Pairs.Where(pair => pair.From.Namespace == pair.To.Namespace && isExempt?.Invoke(pair.From) != true).ToList();
        foreach (var circle in Circles.Of(inside).Where(circle => circle.Count > LargestAllowed))
        {
            var references = inside.Where(pair => circle.Contains(pair.From) && circle.Contains(pair.To));
            yield return $"a circle of {circle.Count} types in {circle[0].Namespace}\n"
                + string.Join('\n', references.Select(pair => $"    {pair.From.Name} -> {pair.To.Name}"));
        }
    }
}
