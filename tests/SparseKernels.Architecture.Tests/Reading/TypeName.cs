namespace SparseKernels.Architecture.Tests.Reading;

/// <summary>A top-level type. What is nested in it, and what the compiler makes of it, counts as the type itself.</summary>
/// <param name="Namespace">The namespace; empty for the global one.</param>
/// <param name="Name">The name, with the count of type parameters as metadata writes it: <c>Pair`2</c>.</param>
internal readonly record struct TypeName(string Namespace, string Name) : IComparable<TypeName>
{
    public int CompareTo(TypeName other) => string.CompareOrdinal(ToString(), other.ToString());

    public override string ToString() => Namespace.Length == 0 ? Name : $"{Namespace}.{Name}";
}
