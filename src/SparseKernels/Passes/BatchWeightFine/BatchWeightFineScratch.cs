using SparseKernels.Memory;
using SparseKernels.Passes.Lists;

namespace SparseKernels.Passes.BatchWeightFine;

/// <summary>What each worker of a call of a <see cref="BatchWeightFinePass"/> notes: no activations.</summary>
internal sealed unsafe class BatchWeightFineScratch : IDisposable
{
    private readonly LiveWeightLists[] _live;
    private readonly IntBuffer[] _wanted;

    public BatchWeightFineScratch(BatchWeightFineTiling tiling, int workers)
    {
        var g = tiling.Geometry;
        _live = Enumerable.Range(0, workers).Select(_ => new LiveWeightLists(g.InC, g.Phases.Length)).ToArray();
        _wanted = Enumerable.Range(0, workers).Select(_ => new IntBuffer(WantedChannels.Length(g.OutC))).ToArray();
    }

    /// <summary>A worker's lists without dead channels.</summary>
    public LiveWeightLists Live(int worker) => _live[worker];

    /// <summary>A worker's room for <see cref="WantedChannels"/>.</summary>
    public int* Wanted(int worker) => _wanted[worker].Pointer;

    public void Dispose()
    {
        foreach (var live in _live) live.Dispose();
        foreach (var wanted in _wanted) wanted.Dispose();
    }
}
