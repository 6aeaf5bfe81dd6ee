namespace SparseKernels.Scheduling.Cost;

/// <summary>
/// Fits <c>c ≥ 0</c> to times: predictions <c>p_i = Σ_j a[i][j]·c[j]</c> minimise
/// <c>Σ_i log²(p_i / t_i) + weight · Σ_j ((c[j] − prior[j]) / prior[j])²</c>. Twice too long is then as bad as half, and a short time counts as
/// much as a long one; the weak pull to what is known already decides where the samples don't.
/// </summary>
/// <remarks>
/// Gauss-Newton: around the last round's predictions the logarithm is taken as its tangent. That leaves a convex quadratic, which cyclic coordinate
/// descent solves for one coefficient at a time exactly.
/// </remarks>
internal static class NonNegativeLeastSquares
{
    private const int Rounds = 12;
    private const int MostSweeps = 2000;
    private const double Converged = 1e-7;

    /// <summary>A miss counts as at most this much in the logarithm, so that a prediction far off does not drive the next round.</summary>
    private const double MostMiss = 1;

    /// <summary>Solves.</summary>
    /// <param name="terms">A row of terms for each sample; none is negative.</param>
    /// <param name="times">What each row should sum to; over 0.</param>
    /// <param name="prior">What a coefficient would be without samples; 0 for none known.</param>
    /// <param name="priorWeight">How many samples the prior is worth.</param>
    /// <returns>The coefficients.</returns>
    /// <exception cref="ArgumentException">Lengths differ.</exception>
    public static double[] Solve(IReadOnlyList<double[]> terms, IReadOnlyList<double> times, IReadOnlyList<double> prior, double priorWeight)
    {
        if (terms.Count != times.Count) throw new ArgumentException($"expected a time for each of the {terms.Count} rows of terms, got {times.Count}.", nameof(times));
        var columns = prior.Count;
        if (terms.FirstOrDefault(row => row.Length != columns) is { } odd) throw new ArgumentException($"expected rows of {columns} terms, as the prior has, got one of {odd.Length}.", nameof(terms));

        // In units of the prior or, where there is none, of what one term alone would explain: all columns are of a like size then.
        var unit = new double[columns];
        for (var j = 0; j < columns; j++) unit[j] = prior[j] > 0 ? prior[j] : Alone(terms, times, j);
        var weights = unit.Select((_, j) => prior[j] > 0 ? priorWeight : 0).ToArray();
        var c = unit.Select((_, j) => prior[j] > 0 ? 1.0 : 0.0).ToArray();
        var (around, target) = (times.ToArray(), times.ToArray());
        for (var round = 0; round < Rounds; round++)
        {
            var rows = terms.Select((row, i) => row.Select((term, j) => term * unit[j] / around[i]).ToArray()).ToArray();
            var rest = rows.Select((row, i) => target[i] / around[i] - Product(row, c)).ToArray();
            Descend(rows, rest, c, weights);
            for (var i = 0; i < around.Length; i++)
            {
                around[i] = Math.Clamp(Product(rows[i], c) * around[i], times[i] * Math.Exp(-MostMiss), times[i] * Math.Exp(MostMiss));
                target[i] = around[i] * (1 - Math.Log(around[i] / times[i]));
            }
        }

        return [.. c.Select((value, j) => value * unit[j])];
    }

    private static void Descend(double[][] rows, double[] rest, double[] c, double[] weights)
    {
        for (var sweep = 0; sweep < MostSweeps; sweep++)
        {
            var largest = 0.0;
            for (var j = 0; j < c.Length; j++) largest = Math.Max(largest, Math.Abs(Step(rows, rest, c, j, weights[j])));
            if (largest < Converged) return;
        }
    }

    private static double Step(double[][] rows, double[] rest, double[] c, int j, double priorWeight)
    {
        var (square, product) = (priorWeight, priorWeight * (1 - c[j]));
        for (var i = 0; i < rows.Length; i++)
        {
            square += rows[i][j] * rows[i][j];
            product += rows[i][j] * rest[i];
        }

        if (square == 0) return 0;
        var change = Math.Max(0, c[j] + product / square) - c[j];
        if (change == 0) return 0;
        c[j] += change;
        for (var i = 0; i < rows.Length; i++) rest[i] -= rows[i][j] * change;
        return change;
    }

    private static double Product(double[] row, double[] c)
    {
        var sum = 0.0;
        for (var j = 0; j < c.Length; j++) sum += row[j] * c[j];
        return sum;
    }

    private static double Alone(IReadOnlyList<double[]> terms, IReadOnlyList<double> times, int j)
    {
        var (count, sum) = (0, 0.0);
        for (var i = 0; i < times.Count; i++)
        {
            if (terms[i][j] <= 0) continue;
            sum += times[i] / terms[i][j];
            count++;
        }

        return count == 0 ? 0 : sum / count;
    }
}
