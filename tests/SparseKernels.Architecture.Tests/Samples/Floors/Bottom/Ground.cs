using SparseKernels.Architecture.Tests.Samples.Floors.Top;

namespace SparseKernels.Architecture.Tests.Samples.Floors.Bottom;

/// <summary>Refers upwards, which it may not: in a lambda of a nested type.</summary>
internal static class Ground
{
    public static int Depth => Cellar.Steps();

    private static class Cellar
    {
        public static readonly Func<int> Steps = () => Door.Open();
    }
}
