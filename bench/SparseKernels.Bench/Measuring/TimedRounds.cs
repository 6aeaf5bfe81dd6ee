namespace SparseKernels.Bench.Measuring;

/// <summary>What <see cref="InterleavedTimer"/> measured: for each round one sample of every action, in milliseconds of one call.</summary>
/// <param name="rounds">The samples, by round and action.</param>
internal sealed class TimedRounds(IReadOnlyList<double[]> rounds)
{
    /// <summary>Rounds measured.</summary>
    public int Count => rounds.Count;

    /// <summary>Median milliseconds of one call of an action.</summary>
    public double Milliseconds(int action) => Statistics.Median([.. rounds.Select(round => round[action])]);

    /// <summary>Median of the rounds' own quotients of two actions' times.</summary>
    public double Ratio(int action, int over) => Statistics.Median([.. rounds.Select(round => round[action] / round[over])]);

    /// <summary>Median of the rounds' own differences of two actions' times, in milliseconds.</summary>
    public double Difference(int action, int less) => Statistics.Median([.. rounds.Select(round => round[action] - round[less])]);
}
