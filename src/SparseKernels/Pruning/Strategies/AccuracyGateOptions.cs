
namespace SparseKernels.Pruning.Strategies;

/// <summary>Settings of an <see cref="AccuracyGate"/>.</summary>
public sealed record AccuracyGateOptions
{
    private readonly double _tolerance;
    private readonly double _standardErrors;
    private readonly int _patience = 3;
    private readonly int _warmUp = 1;

    /// <summary>
    /// By how much accuracy may stay under the best and still count as recovered, in the accuracy's own unit; 0 by default.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">It is negative or not finite.</exception>
    public double Tolerance
    {
        get => _tolerance;
        init =>
            _tolerance = value >= 0 && double.IsFinite(value)
                ? value
                : throw new ArgumentOutOfRangeException(nameof(value), $"Tolerance must be finite and 0 or more, got {value}.");
    }

    /// <summary>
    /// How many standard errors of the difference (<see cref="ValidationResult.StandardErrorAgainst"/>) accuracy may stay under the best,
    /// beyond the tolerance, and still count as recovered: fewer images are noisier. 0 by default: with no tolerance either that is the
    /// patent's rule.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">It is negative or not finite.</exception>
    public double StandardErrors
    {
        get => _standardErrors;
        init =>
            _standardErrors = value >= 0 && double.IsFinite(value)
                ? value
                : throw new ArgumentOutOfRangeException(nameof(value), $"StandardErrors must be finite and 0 or more, got {value}.");
    }

    /// <summary>After how many evaluations in a row without recovery pruning is over; 1 or more, 3 by default.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is under 1.</exception>
    public int Patience
    {
        get => _patience;
        init =>
            _patience = value >= 1
                ? value
                : throw new ArgumentOutOfRangeException(nameof(value), $"Patience must be 1 or more, got {value}.");
    }

    /// <summary>How many evaluations come before the first pruning; 1 or more, 1 by default.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is under 1.</exception>
    public int WarmUp
    {
        get => _warmUp;
        init =>
            _warmUp = value >= 1 ? value : throw new ArgumentOutOfRangeException(nameof(value), $"WarmUp must be 1 or more, got {value}.");
    }
}
