using SparseKernels.Architecture.Tests.Reading;

namespace SparseKernels.Architecture.Tests.Rooms;

/// <summary>A part of an assembly that belongs together.</summary>
/// <param name="Name">The name that the table and failures call it by.</param>
/// <param name="Pattern">A namespace; with <c>.*</c> behind it also all beneath it. Of several that fit the longest counts.</param>
internal sealed record Room(string Name, string Pattern)
{
    /// <summary>The types of the namespace that live here where it holds two rooms; none means all that no other room has.</summary>
    public IReadOnlyList<string> Types { get; init; } = [];

    /// <summary>The rooms it may refer to where that is less than all those below.</summary>
    public IReadOnlyList<string>? RefersOnlyTo { get; init; }

    /// <summary>Whether a tool makes its types, so that nobody can part them.</summary>
    public bool IsGenerated { get; init; }

    /// <summary>The namespace of the pattern.</summary>
    public string Namespace => Pattern.EndsWith(".*", StringComparison.Ordinal) ? Pattern[..^2] : Pattern;

    public bool Holds(TypeName type) => Types.Count == 0
        ? type.Namespace == Namespace || (Pattern != Namespace && type.Namespace.StartsWith($"{Namespace}.", StringComparison.Ordinal))
        : type.Namespace == Namespace && Types.Contains(type.Name);

    public override string ToString() => Name;
}
