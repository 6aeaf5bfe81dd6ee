using SparseKernels.Memory;
using SparseKernels.Passes.Frame;
using SparseKernels.Passes.Lists;

namespace SparseKernels.Passes.InPlaceWeightFine;

/// <summary>What each worker of a call of an <see cref="InPlaceWeightFinePass"/> notes, and a copy of strided planar data.</summary>
internal sealed unsafe class InPlaceWeightFineScratch : IDisposable
{
    private readonly LiveWeightLists[] _live;
    private readonly IntBuffer[] _wanted;
    private readonly AlignedBuffer[] _planes = [];

    public InPlaceWeightFineScratch(InPlaceWeightFineTiling tiling, int workers)
    {
        var g = tiling.Places.Geometry;
        if (tiling.SplitsByItem)
            _planes = Enumerable.Range(0, workers).Select(_ => new AlignedBuffer((long)tiling.GroupsTogether * g.InC * tiling.Places.ChannelStep)).ToArray();
        else if (tiling.Places.Split is { } split)
            Split = new SplitInput(split, g.Shape.N, g.InC * g.Groups);
        _live = Enumerable.Range(0, workers).Select(_ => new LiveWeightLists(g.InC, g.Phases.Length)).ToArray();
        _wanted = Enumerable.Range(0, workers).Select(_ => new IntBuffer(WantedChannels.Length(g.OutC * tiling.GroupsTogether))).ToArray();
    }

    /// <summary>The call's data, where it is read as a copy that is made at once.</summary>
    public SplitInput? Split { get; }

    /// <summary>A worker's lists without dead channels.</summary>
    public LiveWeightLists Live(int worker) => _live[worker];

    /// <summary>A worker's room for a copy of a work item's data.</summary>
    public float* Planes(int worker) => _planes[worker].Pointer;

    /// <summary>A worker's room for <see cref="WantedChannels"/>.</summary>
    public int* Wanted(int worker) => _wanted[worker].Pointer;

    public void Dispose()
    {
        Split?.Dispose();
        foreach (var live in _live) live.Dispose();
        foreach (var wanted in _wanted) wanted.Dispose();
        foreach (var planes in _planes) planes.Dispose();
    }
}
