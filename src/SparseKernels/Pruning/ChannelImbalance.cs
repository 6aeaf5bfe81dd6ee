using SparseKernels.Sparsity;

namespace SparseKernels.Pruning;

/// <summary>
/// How unevenly a layer's surviving weights spread: the most that one share holds over what it would hold if all held the same.
/// </summary>
internal static class ChannelImbalance
{
    /// <summary>The imbalance across input channels: greatest over mean; 1 is even, and 1 where no weight is left.</summary>
    /// <param name="mask">The weights that are left.</param>
    /// <returns>1 to C/Groups.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="mask"/> is null.</exception>
    public static double OfInputs(WeightPattern mask) => Of(LiveOfInputs(mask));

    /// <summary>
    /// The imbalance across cores that each take an equal run of consecutive output channels: greatest over mean; 1 where no weight is
    /// left.
    /// </summary>
    /// <param name="mask">The weights that are left.</param>
    /// <param name="cores">How many cores; 1 or more. With more cores than output channels some have nothing to do.</param>
    /// <returns>1 to <paramref name="cores"/>.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="mask"/> is null.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="cores"/> is under 1.</exception>
    public static double OfCores(WeightPattern mask, int cores)
    {
        ArgumentNullException.ThrowIfNull(mask);
        ArgumentOutOfRangeException.ThrowIfLessThan(cores, 1);
        var live = new int[cores];
        var row = mask.Runs.RowLength;
        for (var core = 0; core < cores; core++)
        {
            var (first, end) = ((long)mask.Shape.K * core / cores * row, (long)mask.Shape.K * (core + 1) / cores * row);
            live[core] = mask.CountIn((int)first, (int)end);
        }

        return Of(live);
    }

    /// <summary>The surviving weights of each input channel.</summary>
    internal static int[] LiveOfInputs(WeightPattern mask)
    {
        ArgumentNullException.ThrowIfNull(mask);
        var shape = mask.Shape;
        var live = new int[shape.GroupC];
        var taps = shape.R * shape.S;
        for (var k = 0; k < shape.K; k++)
        {
            for (var c = 0; c < live.Length; c++)
            {
                var first = (k * live.Length + c) * taps;
                live[c] += mask.CountIn(first, first + taps);
            }
        }

        return live;
    }

    private static double Of(int[] live)
    {
        var sum = live.Sum(count => (long)count);
        return sum == 0 ? 1 : live.Max() * (double)live.Length / sum;
    }
}
