using System.Text.RegularExpressions;

namespace SparseKernels.Architecture.Tests.Reading;

/// <summary>
/// Adds to a map what the compiler leaves no trace of: it writes a constant's value where its name stood. So this looks for
/// <c>Type.Constant</c> in the sources. It sees no constant from a <c>using static</c> and no <c>nameof</c>.
/// </summary>
internal static partial class ConstantReferences
{
    /// <param name="map">The map of the assembly that the sources were compiled to.</param>
    /// <param name="sources">The sources. A use counts as the top-level type's that was declared last before it.</param>
    public static CodeMap Add(CodeMap map, IEnumerable<SourceFile> sources)
    {
        var references = map.References.ToDictionary(pair => pair.Key, pair => new SortedSet<TypeName>(pair.Value));
        var constants = map.Constants.ToLookup(constant => (constant.DeclaringType, constant.Name), constant => constant.Owner);
        var types = map.Types.ToLookup(type => (type.Namespace, type.Name.Split('`')[0]));
        foreach (var source in sources)
        {
            var @namespace = source.Namespaces.FirstOrDefault("");
            var declared = source.Types
                .SelectMany(found => types[(@namespace, found.Name)], (found, type) => (found.Position, Type: type))
                .ToList();
            foreach (Match use in QualifiedName().Matches(source.Code))
            {
                if (declared.FindLastIndex(type => type.Position < use.Index) is not (>= 0 and var last)) continue;
                var from = declared[last].Type;
                references[from].UnionWith(constants[(use.Groups["type"].Value, use.Groups["member"].Value)]
                    .Where(owner => owner != from && Sees(source, from, owner)));
            }
        }

        return map with { References = references };
    }

    private static bool Sees(SourceFile source, TypeName from, TypeName owner)
        => $"{from.Namespace}.".StartsWith($"{owner.Namespace}.", StringComparison.Ordinal)
            || source.Code.Contains($"using {owner.Namespace};", StringComparison.Ordinal);

    // The member stands in a look-ahead, so that A.B.C gives both A.B and B.C.
    [GeneratedRegex(@"\b(?<type>\w+)(?=\.(?<member>\w+))")]
    private static partial Regex QualifiedName();
}
