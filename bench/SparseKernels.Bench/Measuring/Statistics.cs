namespace SparseKernels.Bench.Measuring;

/// <summary>The few figures that sum up samples.</summary>
internal static class Statistics
{
    /// <summary>The middle value; the mean of the two middle ones of an even number.</summary>
    /// <exception cref="ArgumentException">No values.</exception>
    public static double Median(IReadOnlyCollection<double> values)
    {
        if (values.Count == 0) throw new ArgumentException("expected at least one value, got none.", nameof(values));
        var sorted = values.Order().ToArray();
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }

    /// <summary><c>exp(mean(log v))</c>.</summary>
    /// <exception cref="ArgumentException">No values, or one is not positive.</exception>
    public static double GeometricMean(IReadOnlyCollection<double> values)
    {
        if (values.Count == 0) throw new ArgumentException("expected at least one value, got none.", nameof(values));
        if (values.Any(value => !(value > 0))) throw new ArgumentException("expected positive values only.", nameof(values));
        return Math.Exp(values.Average(Math.Log));
    }
}
