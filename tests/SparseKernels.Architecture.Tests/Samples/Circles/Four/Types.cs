namespace SparseKernels.Architecture.Tests.Samples.Circles.Four;

/// <summary>Four types, each of which knows the next, in different ways.</summary>
internal sealed class First
{
    public static object Next() => new List<Second>();
}

internal sealed class Second
{
    public Third? Next { get; init; }
}

internal class Third
{
    private sealed class Inner : Fourth;
}

internal class Fourth
{
    public static IEnumerable<Type> Next()
    {
        yield return typeof(First);
    }
}
