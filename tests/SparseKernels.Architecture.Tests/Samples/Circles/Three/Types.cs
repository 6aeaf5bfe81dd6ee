namespace SparseKernels.Architecture.Tests.Samples.Circles.Three;

/// <summary>Three types, each of which knows the next; a fourth knows them, but they don't know it.</summary>
internal sealed class First
{
    public Second? Next { get; init; }
}

internal sealed class Second
{
    public Third? Next { get; init; }
}

internal sealed class Third
{
    public First? Next { get; init; }
}

internal sealed class Onlooker
{
    public First? Seen { get; init; }
}
