namespace SparseKernels.Architecture.Tests.Reading;

/// <summary>A constant, or a member of an enum.</summary>
/// <param name="Owner">The top-level type it belongs to.</param>
/// <param name="DeclaringType">The name of the type that declares it: the owner or one nested in it.</param>
/// <param name="Name">Its name.</param>
internal readonly record struct Constant(TypeName Owner, string DeclaringType, string Name);

/// <summary>Which type of an assembly refers to which, and what other assemblies it needs.</summary>
internal sealed record CodeMap
{
    /// <summary>For each top-level type the other top-level types of the same assembly that it refers to.</summary>
    public required IReadOnlyDictionary<TypeName, SortedSet<TypeName>> References { get; init; }

    /// <summary>The constants that other types may use.</summary>
    public required IReadOnlyList<Constant> Constants { get; init; }

    /// <summary>The names of the assemblies that this one refers to.</summary>
    public required IReadOnlyList<string> Assemblies { get; init; }

    public IEnumerable<TypeName> Types => References.Keys.Order();

    public IEnumerable<(TypeName From, TypeName To)> Pairs => Types.SelectMany(from => References[from], (from, to) => (from, to));

    /// <summary>The part of the map that lies in a namespace and those beneath it.</summary>
    public CodeMap Within(string @namespace)
    {
        var kept = Types.Where(type => $"{type.Namespace}.".StartsWith($"{@namespace}.", StringComparison.Ordinal)).ToHashSet();
        SortedSet<TypeName> KeptOf(TypeName type) => [.. References[type].Where(kept.Contains)];
        return this with { References = kept.ToDictionary(type => type, KeptOf) };
    }
}
