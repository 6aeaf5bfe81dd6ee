namespace SparseKernels.Training.Layers.BatchNormalisation;

/// <summary>The mean and the biased variance of a channel over a batch.</summary>
/// <param name="Mean">The mean.</param>
/// <param name="Variance">The variance; 0 or more.</param>
/// <param name="IsExact">Whether the sums that they come from kept enough digits of the variance.</param>
internal readonly record struct ChannelMoment(double Mean, double Variance, bool IsExact)
{
    /// <summary>
    /// The square of the mean's distance from the pivot, in variances, from which on sums in single precision lose more than two of the
    /// variance's seven digits.
    /// </summary>
    private const double FarthestPivot = 100;

    /// <summary>From <c>Σ (x − pivot)</c> and <c>Σ (x − pivot)²</c>.</summary>
    public static ChannelMoment Of(float pivot, double sum, double squares, long count)
    {
        var fromPivot = sum / count;
        var variance = Math.Max(0, (squares / count) - (fromPivot * fromPivot));
        return new(pivot + fromPivot, variance, fromPivot * fromPivot <= FarthestPivot * variance);
    }
}
