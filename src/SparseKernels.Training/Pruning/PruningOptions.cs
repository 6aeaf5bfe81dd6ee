using SparseKernels.Pruning;
using SparseKernels.Sparsity;

namespace SparseKernels.Training.Pruning;

/// <summary>How a <see cref="Trainer"/> prunes. <see cref="PruningRecipe.ToOptions"/> makes one from plain numbers.</summary>
public sealed record PruningOptions
{
    /// <summary>Makes the strategy.</summary>
    public required Func<PruningRun, IPruningStrategy> Strategy { get; init; }

    /// <summary>All that the strategy depends on, as text: a checkpoint keeps it, and a run that goes on must have the same.</summary>
    public string Settings { get; init; } = "";

    /// <summary>
    /// The share of the training images that is held out to judge by as long as the strategy needs that
    /// (<see cref="IPruningStrategy.NeedsAccuracy"/>); 0 or more and under 1. With 0 it is told the accuracy on the images trained on since
    /// the last time instead, augmented and before the network learnt from them: that costs no images and no evaluation, and is of more images,
    /// but a network that knows its images by heart looks better than it is.
    /// </summary>
    public double ValidationShare { get; init; } = 0.1;

    /// <summary>How often in an epoch the strategy is told the accuracy: after so many equal parts of it; 1 or more.</summary>
    public int EvaluationsPerEpoch { get; init; } = 4;

    /// <summary>
    /// The share of the run until which images are held out and the accuracy on them is measured even where the strategy needs none, so that
    /// strategies with and without a gate learn from as many images and are judged as often; 0 to 1, 0 for not at all.
    /// </summary>
    public double JudgedUntil { get; init; }

    /// <summary>Convolutions and fully connected layers that are not pruned; null for the first and the last.</summary>
    public IReadOnlyList<string>? DenseLayers { get; init; }

    /// <summary>The shape of a coarse group.</summary>
    public CoarseGroup Group { get; init; } = CoarseGroup.Default;

    /// <summary>
    /// How strongly a pruned layer's learning rate rises as its weights get fewer, 0, not at all, to 1; see
    /// <see cref="MaskedSgd.RateExponent"/>.
    /// </summary>
    public float RateExponent { get; init; }

    /// <summary>
    /// Whether channels are ordered anew before each evaluation (at the end of an epoch where there is none), as
    /// <see cref="PrunedSgd.OrderChannels"/> does. A strategy of one's own must then keep nothing by a weight's or channel's index.
    /// </summary>
    public bool ChannelOrder { get; init; }

    /// <summary>Checks everything that needs no network.</summary>
    internal void Check()
    {
        ArgumentNullException.ThrowIfNull(Strategy, nameof(Strategy));
        ArgumentNullException.ThrowIfNull(Settings, nameof(Settings));
        if (!(ValidationShare is >= 0 and < 1))
            throw new ArgumentOutOfRangeException(
                nameof(ValidationShare), $"ValidationShare must be 0 or more and under 1, got {ValidationShare}.");
        ArgumentOutOfRangeException.ThrowIfLessThan(EvaluationsPerEpoch, 1, nameof(EvaluationsPerEpoch));
        if (!(JudgedUntil is >= 0 and <= 1))
            throw new ArgumentOutOfRangeException(nameof(JudgedUntil), $"JudgedUntil must be 0 to 1, got {JudgedUntil}.");
        if (!(RateExponent is >= 0 and <= 1))
            throw new ArgumentOutOfRangeException(nameof(RateExponent), $"RateExponent must be 0 to 1, got {RateExponent}.");
    }
}
