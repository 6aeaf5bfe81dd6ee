namespace SparseKernels.Architecture.Tests.Samples.Kinds;

/// <summary>Refers to no target: from here, Limits.Most is a constant of its own.</summary>
internal static class None
{
    public static int Do() => Limits.Most;

    internal static class Limits
    {
        public const int Most = 4;
    }
}
