namespace SparseKernels.Scheduling.Calibrating;

/// <summary>
/// Fits <c>c ≥ 0</c> to times: predictions <c>p_i = Σ_j a[i][j]·c[j]</c> minimise
/// <c>Σ_i log²(p_i / t_i) + weight · Σ_j ((c[j] − prior[j]) / prior[j])²</c>. Twice too long is then as bad as half, and a short time counts as
/// much as a long one; the weak pull to what is known already decides where the samples don't.
/// </summary>
/// <remarks>
/// Gauss-Newton: around the last round's predictions the logarithm is taken as its tangent. That leaves a convex quadratic, which cyclic
/// coordinate descent solves for one coefficient at a time exactly.
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
    public static double[] Solve(
        IReadOnlyList<double[]> terms, IReadOnlyList<double> times, IReadOnlyList<double> prior, double priorWeight)
    {
        if (terms.Count != times.Count)
            throw new ArgumentException($"expected a time for each of the {terms.Count} rows of terms, got {times.Count}.", nameof(times));
        var columns = prior.Count;
        if (terms.FirstOrDefault(row => row.Length != columns) is { } odd)
            throw new ArgumentException($"expected rows of {columns} terms, as the prior has, got one of {odd.Length}.", nameof(terms));

        // In units of the prior or, where there is none, of what one term alone would explain: all columns are of a like size then.
        var unit = new double[columns];
        for (var j = 0; j < columns; j++) unit[j] = prior[j] > 0 ? prior[j] : Alone(terms, times, j);
        var weights = unit.Select((_, j) => prior[j] > 0 ? priorWeight : 0).ToArray();
        var c = unit.Select((_, j) => prior[j] > 0 ? 1.0 : 0.0).ToArray();
        var (around, target) = (times.ToArray(), times.ToArray());
        for (var round = 0; round < Rounds; round++)
        {
            Descend(NormalEquations(terms, unit, around, target, weights), c);
            for (var i = 0; i < around.Length; i++)
            {
                around[i] = Math.Clamp(Product(terms[i], unit, c), times[i] * Math.Exp(-MostMiss), times[i] * Math.Exp(MostMiss));
                target[i] = around[i] * (1 - Math.Log(around[i] / times[i]));
            }
        }

        return [.. c.Select((value, j) => value * unit[j])];
    }

    /// <summary><c>AᵀA</c> and behind its rows <c>Aᵀb</c>, each row of A in units of what its prediction is near.</summary>
    private static double[][] NormalEquations(
        IReadOnlyList<double[]> terms, double[] unit, double[] around, double[] target, double[] weights)
    {
        var columns = unit.Length;
        var normal = unit.Select(_ => new double[columns + 1]).ToArray();
        var row = new double[columns + 1];
        for (var i = 0; i < around.Length; i++)
        {
            for (var j = 0; j < columns; j++) row[j] = terms[i][j] * unit[j] / around[i];
            row[columns] = target[i] / around[i];
            for (var j = 0; j < columns; j++)
            {
                for (var k = 0; k <= columns; k++) normal[j][k] += row[j] * row[k];
            }
        }

        for (var j = 0; j < columns; j++)
        {
            normal[j][j] += weights[j];
            normal[j][columns] += weights[j];
        }

        return normal;
    }

    private static void Descend(double[][] normal, double[] c)
    {
        for (var sweep = 0; sweep < MostSweeps; sweep++)
        {
            var largest = 0.0;
            for (var j = 0; j < c.Length; j++)
            {
                if (normal[j][j] == 0) continue;
                var rest = normal[j][c.Length];
                for (var k = 0; k < c.Length; k++) rest -= normal[j][k] * c[k];
                var next = Math.Max(0, c[j] + rest / normal[j][j]);
                largest = Math.Max(largest, Math.Abs(next - c[j]));
                c[j] = next;
            }

            if (largest < Converged) return;
        }
    }

    private static double Product(double[] row, double[] unit, double[] c)
    {
        var sum = 0.0;
        for (var j = 0; j < c.Length; j++) sum += row[j] * unit[j] * c[j];
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
