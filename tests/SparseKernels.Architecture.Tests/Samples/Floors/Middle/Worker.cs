using SparseKernels.Architecture.Tests.Samples.Floors.Bottom;
using SparseKernels.Architecture.Tests.Samples.Floors.Top;

namespace SparseKernels.Architecture.Tests.Samples.Floors.Middle;

/// <summary>Refers to a value, as it may, and to a room below that its row leaves out.</summary>
internal static class Worker
{
    public static int Work() => new Plain(3).Number + Ground.Depth;
}
