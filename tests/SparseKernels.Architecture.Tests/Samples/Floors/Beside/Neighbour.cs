using SparseKernels.Architecture.Tests.Samples.Floors.Bottom;
using SparseKernels.Architecture.Tests.Samples.Floors.Middle;

namespace SparseKernels.Architecture.Tests.Samples.Floors.Beside;

/// <summary>Refers to the room below, as it may, and to the room beside it, which it may not.</summary>
internal static class Neighbour
{
    public static int Ask() => Worker.Work() + Ground.Depth;
}
