namespace SparseKernels.Architecture.Tests.Samples.Targets;

internal struct Item
{
    public int Value { get; init; }

    public static int Count() => 1;

    public static int Take(Colour colour) => (int)colour;
}

internal ref struct Span1
{
    public int Value { get; init; }
}

internal enum Colour { Red, Green }

internal interface IThing;

internal class Base;

internal class Many<T>
{
    public static int Count() => typeof(T).Name.Length;
}

internal sealed class Trouble : Exception;

[AttributeUsage(AttributeTargets.All)]
internal sealed class MarkAttribute : Attribute;

internal static class Limits
{
    public const int Most = 3;
}
