using SparseKernels.Memory;
using SparseKernels.Passes.Lists;

namespace SparseKernels.Passes.WeightFine;

/// <summary>Scratch memory of one call of a <see cref="WeightFinePass"/>.</summary>
internal sealed unsafe class WeightFineScratch : IDisposable
{
    private const int Line = 16;

    private readonly Scratch _floats;
    private readonly LiveWeightLists[] _live;
    private readonly IntBuffer[] _wanted;
    private readonly long _packed;
    private readonly long _sums;

    public WeightFineScratch(WeightFineTiling tiling, long stage, int workers)
    {
        var g = tiling.Panel.Geometry;
        (_packed, _sums) = (Lines(tiling.Panel.Length), Lines(tiling.SumsLength));
        _floats = new Scratch(_packed + _sums + stage, 1, workers);
        _live = Enumerable.Range(0, workers).Select(_ => new LiveWeightLists(g.InC, g.Phases.Length)).ToArray();
        _wanted = Enumerable.Range(0, workers).Select(_ => new IntBuffer(WantedChannels.Length(g.OutC))).ToArray();
    }

    /// <summary>A worker's packed input.</summary>
    public float* Packed(int worker) => _floats.Of(worker);

    /// <summary>A worker's sums of a segment.</summary>
    public float* Sums(int worker) => _floats.Of(worker) + _packed;

    /// <summary>A worker's room for packing.</summary>
    public float* Stage(int worker) => _floats.Of(worker) + _packed + _sums;

    /// <summary>A worker's lists without dead channels.</summary>
    public LiveWeightLists Live(int worker) => _live[worker];

    /// <summary>A worker's room for <see cref="WantedChannels"/>.</summary>
    public int* Wanted(int worker) => _wanted[worker].Pointer;

    public void Dispose()
    {
        _floats.Dispose();
        foreach (var live in _live) live.Dispose();
        foreach (var wanted in _wanted) wanted.Dispose();
    }

    private static long Lines(long floats) => (floats + Line - 1) / Line * Line;
}
