using System.Diagnostics;
using SparseKernels.Sparsity;
using SparseKernels.Training.Parameters;
using SparseKernels.Training.Traffic;

namespace SparseKernels.Training.Layers.Convolutions;

/// <summary>A parameter's weights as a plan packs them: once after each change, for all passes.</summary>
/// <param name="weight">The parameter.</param>
/// <param name="plan">The plan.</param>
/// <param name="shared">Who says when it may be packed, where several networks read it.</param>
internal sealed class PackedParameter(Parameter weight, ConvolutionPlan plan, SharedPlans? shared) : IDisposable
{
    private int _version;
    private (MovedBytes Moved, long Ticks) _counted;

    /// <summary>The weights as they were last packed.</summary>
    public PackedWeights Weights { get; } = plan.CreatePackedWeights();

    /// <summary>The weights as they are now.</summary>
    /// <param name="timing">What the time of taking them goes to.</param>
    public PackedWeights Current(LayerTiming timing)
    {
        if (_version == weight.Version || shared is { MayPack: false }) return Weights;
        var start = Stopwatch.GetTimestamp();
        Weights.Forms.Update(weight.Values, weight.Mask, shared is null ? weight.Live : null);
        weight.WantsLive |= Weights.Forms.KeepsLiveAlone;
        _version = weight.Version;
        var (traffic, _) = Take();
        timing.Add(LayerPass.Packing, start, traffic);
        return Weights;
    }

    /// <summary>Adds what a pass has packed since.</summary>
    /// <param name="timing">What it goes to.</param>
    /// <returns>How long that took, of the pass's own time.</returns>
    public long Count(LayerTiming timing)
    {
        // Networks that share the plan run side by side, and nobody asks what they move.
        if (shared is not null) return 0;
        var (traffic, ticks) = Take();
        timing.AddWithin(LayerPass.Packing, ticks, traffic);
        return ticks;
    }

    public void Dispose() => Weights.Dispose();

    private (LayerTraffic Traffic, long Ticks) Take()
    {
        var (before, (moved, ticks)) = (_counted, Weights.Forms.Packed);
        _counted = (moved, ticks);
        return (new LayerTraffic(moved.Read - before.Moved.Read, moved.Written - before.Moved.Written), ticks - before.Ticks);
    }
}
