using SparseKernels.Threading;

namespace SparseKernels.Passes.Lists;

/// <summary>Writes what a BackwardWeights pass has summed, one output channel a work item.</summary>
internal unsafe struct WantedWrite : IWork
{
    private WantedWeights _wanted;
    private float* _dw;
    private bool _foundNonFinite;

    /// <summary>Writes all output channels.</summary>
    /// <param name="wanted">The sums.</param>
    /// <param name="channels">Output channels of all groups.</param>
    /// <param name="dw">Where to.</param>
    /// <param name="topology">The threads.</param>
    /// <returns>Whether all is finite.</returns>
    public static bool Run(WantedWeights wanted, int channels, float* dw, ComputeTopology topology)
    {
        var write = new WantedWrite { _wanted = wanted, _dw = dw };
        WorkerPool.Shared.Run(ref write, channels, topology);
        return !write._foundNonFinite;
    }

    public void Do(int item, int worker)
    {
        if (!_wanted.Write(item, _dw)) _foundNonFinite = true;
    }
}
