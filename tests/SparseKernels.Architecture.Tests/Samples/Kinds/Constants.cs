using SparseKernels.Architecture.Tests.Samples.Targets;

namespace SparseKernels.Architecture.Tests.Samples.Kinds;

// The compiler leaves only a number of these.
internal static class ByConstant
{
    public static int Do() => Limits.Most;
}

internal static class ByEnumMember
{
    public static bool Do(int value) => value == (int)Colour.Green;
}

internal static class ByArgumentOfEnum
{
    public static int Do() => Item.Take(Colour.Red);
}

/// <summary>Refers to no target, for a comment is no code.</summary>
internal static class NoneByComment
{
    // Limits.Most
    public static int Do() => 3;
}
