using SparseKernels.Geometry;
using SparseKernels.Kernels;

namespace SparseKernels.Passes.DenseBatch;

/// <summary>
/// The dense weights as the kernels with images in the lanes read them:
/// <c>[group][phase][rows of a kernel][input channel][tap][output channel of the rows]</c>.
/// </summary>
internal sealed unsafe class BatchWeights(TapGeometry geometry)
{
    /// <summary>Floats of all.</summary>
    public nint Length => (nint)geometry.OutC * geometry.InC * geometry.TapCount * geometry.Groups;

    /// <summary>A group's output channels in tiles of at most six.</summary>
    public (int First, int Count)[] Rows { get; } = Enumerable.Range(0, TilesOf(geometry))
        .Select(i => (geometry.OutC * i / TilesOf(geometry), geometry.OutC * (i + 1) / TilesOf(geometry) - geometry.OutC * i / TilesOf(geometry))).ToArray();

    /// <summary>Packs plain weights <c>[K, C/Groups, R, S]</c>.</summary>
    public void Pack(float* plain, float* packed)
    {
        var (s, rs) = (geometry.Shape.S, geometry.Shape.R * geometry.Shape.S);
        for (var group = 0; group < geometry.Groups; group++)
        {
            var source = plain + (nint)group * geometry.OutC * geometry.InC * rs;
            foreach (var phase in geometry.Phases)
            {
                foreach (var (first, rows) in Rows)
                {
                    for (var c = 0; c < geometry.InC; c++)
                    {
                        foreach (var tap in phase.Taps)
                        {
                            var from = source + (nint)c * geometry.InWeightStep + tap.R * s + tap.S;
                            for (var i = 0; i < rows; i++) *packed++ = from[(nint)(first + i) * geometry.OutWeightStep];
                        }
                    }
                }
            }
        }
    }

    private static int TilesOf(TapGeometry geometry) => Cut.Ceiling(geometry.OutC, KernelTable.MaxRows);
}
