using SparseKernels.Geometry;
using SparseKernels.Memory;
using SparseKernels.Passes.Lists;

namespace SparseKernels.Passes.BatchMaskFine;

/// <summary>
/// What one call of a <see cref="BatchMaskFinePass"/> owns: its wanted weights, and each worker's scratch memory, which holds the sums of a
/// unit, its live weights (offsets, places and where each output channel's begin), and which channels live.
/// </summary>
internal sealed unsafe class BatchMaskFineScratch(TapGeometry g, BatchMaskFineTiling t, int threads) : IDisposable
{
    private Scratch _scratch = new(0, 0, threads);
    private int _weights;
    private int _blockChannels;

    public WantedWeights Wanted { get; } = new(g, t.Places.ChannelStep, t.Places.Offset, t.Splits, t.Items, t.ItemOf);

    /// <summary>Makes room for units of the wanted weights there are now.</summary>
    public void Reserve()
    {
        var weights = Math.Max(t.UnitFloats / t.Lanes, Wanted.MostWeights);
        if (weights <= _weights && Wanted.BlockChannels <= _blockChannels) return;
        (_weights, _blockChannels) = (Math.Max(weights, _weights), Math.Max(Wanted.BlockChannels, _blockChannels));
        _scratch.Dispose();
        _scratch = new(((t.Lanes + 2L) * _weights) + g.OutC + 1 + _blockChannels + g.OutC, 0, threads);
    }

    /// <summary>The sums of a unit, a vector for each weight.</summary>
    public float* Sums(int worker) => _scratch.Of(worker);

    /// <summary>Offsets of a unit's live weights.</summary>
    public int* Offsets(int worker) => (int*)(Sums(worker) + ((nint)t.Lanes * _weights));

    /// <summary>Where the sums of a unit's live weights belong.</summary>
    public int* Places(int worker) => Offsets(worker) + _weights;

    /// <summary>Where each output channel's live weights begin.</summary>
    public int* Starts(int worker) => Places(worker) + _weights;

    /// <summary>By channel of a block of x: 1 if it has a non-zero, else 0.</summary>
    public int* LiveInputs(int worker) => Starts(worker) + g.OutC + 1;

    /// <summary>By output channel of the group: whether dy has a non-zero.</summary>
    public int* LiveOutputs(int worker) => LiveInputs(worker) + _blockChannels;

    public void Dispose()
    {
        _scratch.Dispose();
        Wanted.Dispose();
    }
}
