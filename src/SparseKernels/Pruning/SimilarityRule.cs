using SparseKernels.Sparsity;

namespace SparseKernels.Pruning;

/// <summary>
/// Pruning by similarity (PNPU, VLSI 2020): where the runs of two output channels at the same place are nearly parallel,
/// <c>|a·b| / (‖a‖‖b‖) &gt; Threshold</c>, the one of smaller norm goes (of equal ones the later). All pairs are judged by the weights as they were
/// before, so the order of comparison changes nothing. Channels of different convolution groups read different inputs and are never
/// compared.
/// </summary>
/// <remarks>
/// Random directions in few dimensions are often nearly parallel: with three weights one pair in twenty has |cos| over 0.95, with nine
/// hardly one in 10⁵.
/// Hence the default run of a whole filter, and <see cref="MinimumLive"/>.
/// </remarks>
public sealed record SimilarityRule
{
    private readonly float _threshold = 0.95f;
    private readonly double _share = 1;
    private readonly double _work = 0.05;
    private readonly int _rounds = 1;
    private readonly int _round;
    private readonly long _period;
    private readonly int _minimumLive = 4;

    /// <summary>
    /// The run that is compared; by default one output channel's whole filter of one input channel. With several output channels, blocks of
    /// them are compared.
    /// </summary>
    public CoarseGroup Group { get; init; } = new(1, WholeFilter: true);

    /// <summary>The |cos| above which two runs count as parallel; over 0 and under 1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is not.</exception>
    public float Threshold
    {
        get => _threshold;
        init =>
            _threshold = value > 0 && value < 1
                ? value
                : throw new ArgumentOutOfRangeException(nameof(value), $"Threshold must be over 0 and under 1, got {value}.");
    }

    /// <summary>Which pairs are compared.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is none of those known.</exception>
    public SimilaritySearch Search
    {
        get;
        init =>
            field = Enum.IsDefined(value) ? value : throw new ArgumentOutOfRangeException(
                nameof(value), $"Search must be one of {string.Join(", ", Enum.GetNames<SimilaritySearch>())}, got {value}.");
    }

    /// <summary>
    /// Of <see cref="SimilaritySearch.Signatures"/>: the most work that all rounds of a period may do, as a share of comparing all pairs; a
    /// signature counts as one comparison. In layers of few output channels, where signatures alone would take more, each period takes
    /// other input channels. Over 0, at most 1.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">It is not.</exception>
    public double Work
    {
        get => _work;
        init =>
            _work = value > 0 && value <= 1
                ? value
                : throw new ArgumentOutOfRangeException(nameof(value), $"Work must be over 0 and at most 1, got {value}.");
    }

    /// <summary>
    /// Into how many rounds a period is cut, each of which compares the runs of other input channels, drawn by the seed, in slices of 16; 1
    /// or more.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">It is less.</exception>
    public int Rounds
    {
        get => _rounds;
        init =>
            _rounds = value >= 1 ? value : throw new ArgumentOutOfRangeException(nameof(value), $"Rounds must be 1 or more, got {value}.");
    }

    /// <summary>Which of them this is; 0 or more. One past the last has nothing to compare.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is negative.</exception>
    public int Round
    {
        get => _round;
        init =>
            _round = value >= 0 ? value : throw new ArgumentOutOfRangeException(nameof(value), $"Round must be 0 or more, got {value}.");
    }

    /// <summary>
    /// Of <see cref="SimilaritySearch.Channels"/>: the share of output channels that are compared with each other, at least two of them;
    /// over 0, at most 1.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">It is not.</exception>
    public double Share
    {
        get => _share;
        init =>
            _share = value > 0 && value <= 1
                ? value
                : throw new ArgumentOutOfRangeException(nameof(value), $"Share must be over 0 and at most 1, got {value}.");
    }

    /// <summary>What channels and rounds are drawn by.</summary>
    public ulong Seed { get; init; }

    /// <summary>Which sample to take: consecutive ones go through all channels before one comes again.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is negative.</exception>
    public long Period
    {
        get => _period;
        init =>
            _period = value >= 0 ? value : throw new ArgumentOutOfRangeException(nameof(value), $"Period must be 0 or more, got {value}.");
    }

    /// <summary>Runs with fewer live weights are left alone, for they have hardly a direction of their own; 2 or more.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is less.</exception>
    public int MinimumLive
    {
        get => _minimumLive;
        init =>
            _minimumLive = value >= 2
                ? value
                : throw new ArgumentOutOfRangeException(nameof(value), $"MinimumLive must be 2 or more, got {value}.");
    }
}
