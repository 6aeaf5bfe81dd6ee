using SparseKernels.Architecture.Tests.Samples.Floors.Bottom;
using SparseKernels.Architecture.Tests.Samples.Floors.Middle;

namespace SparseKernels.Architecture.Tests.Samples.Floors.Top;

/// <summary>Refers downwards, as it may.</summary>
internal sealed class Door
{
    public static int Open() => Worker.Work() + Ground.Depth;
}
