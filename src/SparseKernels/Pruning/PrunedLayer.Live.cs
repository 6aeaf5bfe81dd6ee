using SparseKernels.Sparsity;

namespace SparseKernels.Pruning;

// The layer's live weights, packed by the steps that change them.
public sealed unsafe partial class PrunedLayer
{
    /// <summary>The version of the mask up to which, since the last pass, nobody but this layer's own methods has changed mask and weights.</summary>
    private int _ownVersion;

    /// <summary>
    /// Whether the next step is to leave the live weights packed in <see cref="Live"/>, which costs a little where nobody reads them: whoever
    /// does says so after each step.
    /// </summary>
    internal bool WantsLive { get; set; }

    /// <summary>
    /// The live weights as the last step left them, whose version says of which version of <see cref="Mask"/>; null where that step left none.
    /// </summary>
    internal LiveWeights? Live { get; private set; }

    /// <summary>Before a pass over the weights: has it leave the live ones, and looks up where they are if the mask has changed since the last.</summary>
    /// <returns>The bytes that this moved.</returns>
    internal WeightTraffic FindLive()
    {
        if (!WantsLive)
        {
            Live?.Dispose();
            Live = null;
            return default;
        }

        Live ??= new LiveWeights(Shape);
        return Live.Version == Mask.Version ? default : Of(Live.Find(Mask));
    }

    /// <summary>Behind a pass, which may have pruned: closes the gaps.</summary>
    /// <returns>The bytes that this and the pass moved of the live ones.</returns>
    internal WeightTraffic JoinLive()
    {
        _ownVersion = Mask.Version;
        if (Live is null) return default;
        var joined = Live.Version == Mask.Version ? default : Live.Join(Mask);
        return Of(joined + Live.TakenInRuns);
    }

    /// <summary>
    /// Behind a strategy that may have pruned and grown after the pass: has the live weights follow, unless somebody else has changed weights.
    /// </summary>
    /// <returns>The bytes that it moved.</returns>
    internal WeightTraffic FollowLive() =>
        Live is null || Live.Version == Mask.Version || _ownVersion != Mask.Version ? default : Of(Live.Follow(Mask));

    /// <summary>As <see cref="Touch"/>, from a method that keeps <see cref="Live"/>'s values right.</summary>
    private void Changed()
    {
        var isOwn = _ownVersion == Mask.Version;
        Touch();
        if (isOwn) _ownVersion = Mask.Version;
    }

    private static WeightTraffic Of(MovedBytes moved) => new(moved.Read, moved.Written);
}
