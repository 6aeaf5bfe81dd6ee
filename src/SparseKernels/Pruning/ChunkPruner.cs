using SparseKernels.Sparsity;

namespace SparseKernels.Pruning;

/// <summary>
/// Prunes a chunk of one layer right after its update, while it is in cache: groups by their root mean square, then the weights that are
/// left by magnitude, each against the threshold of its input and output channel. Walks the live weights alone.
/// </summary>
internal sealed unsafe class ChunkPruner(WeightPattern mask)
{
    private readonly float[] _fine = new float[mask.Runs.RowLength];
    private readonly double[] _coarse = new double[mask.Runs.Runs];

    /// <summary>What each output channel's thresholds are multiplied by.</summary>
    private readonly float[] _rows = new float[mask.Shape.K];

    /// <summary>Whether the next pass prunes.</summary>
    public bool IsSet { get; private set; }

    public void Set(LayerThresholds thresholds, ReadOnlySpan<float> factors, ReadOnlySpan<float> outputFactors)
    {
        if (outputFactors.IsEmpty) Array.Fill(_rows, 1);
        else outputFactors.CopyTo(_rows);
        var runs = mask.Runs;
        var taps = mask.Shape.R * mask.Shape.S;
        for (var column = 0; column < _fine.Length; column++)
            _fine[column] = thresholds.Fine * (factors.IsEmpty ? 1 : factors[column / taps]);
        for (var run = 0; run < _coarse.Length; run++) _coarse[run] = thresholds.Coarse * MeanFactor(runs, run, factors);
        IsSet = true;
    }

    public void Reset() => IsSet = false;

    /// <summary>Prunes some rows, whole blocks of them. Momenta may be null.</summary>
    /// <param name="w">The layer's first weight.</param>
    /// <param name="v">The layer's first momentum.</param>
    /// <param name="firstRow">The first row.</param>
    /// <param name="endRow">One past the last.</param>
    public PrunedCounts Prune(float* w, float* v, int firstRow, int endRow)
    {
        var runs = mask.Runs;
        var squares = new double[runs.Runs];
        var wasLive = new bool[runs.Runs];
        var dead = new bool[runs.Runs];
        var counts = default(PrunedCounts);
        for (var row = firstRow; row < endRow; row += runs.Rows)
        {
            var end = Math.Min(row + runs.Rows, endRow);
            SumSquares(w, row, end, squares, wasLive);
            var factor = MeanRow(row, end);
            for (var run = 0; run < dead.Length; run++)
            {
                dead[run] = Math.Sqrt(squares[run] / runs.WeightsOf(row / runs.Rows, run)) < factor * _coarse[run];
                if (dead[run] && wasLive[run]) counts.Runs++;
            }

            for (var k = row; k < end; k++) PruneRow(w, v, k, dead, ref counts);
        }

        return counts;
    }

    /// <summary>
    /// Adds, of each live weight that the thresholds set would prune, what part of its own threshold or its group's it reaches, whichever
    /// is less:
    /// thresholds multiplied by no more than that leave it.
    /// </summary>
    /// <param name="w">The layer's first weight.</param>
    /// <param name="shares">Where to add them.</param>
    public void CollectShares(float* w, List<float> shares)
    {
        var runs = mask.Runs;
        var runOf = runs.RunOf;
        var rows = mask.Shape.K;
        var squares = new double[runs.Runs];
        var wasLive = new bool[runs.Runs];
        var ofRun = new double[runs.Runs];
        for (var row = 0; row < rows; row += runs.Rows)
        {
            var end = Math.Min(row + runs.Rows, rows);
            SumSquares(w, row, end, squares, wasLive);
            var factor = MeanRow(row, end);
            for (var run = 0; run < ofRun.Length; run++) ofRun[run] = Share(
                Math.Sqrt(squares[run] / runs.WeightsOf(row / runs.Rows, run)), factor * _coarse[run]);
            for (var k = row; k < end; k++)
            {
                var (start, next) = (k * runOf.Length, (k + 1) * runOf.Length);
                for (var i = mask.NextLive(start, next); i < next; i = mask.NextLive(i + 1, next))
                {
                    var share = (float)Math.Min(Share(Math.Abs(w[i]), _rows[k] * _fine[i - start]), ofRun[runOf[i - start]]);
                    if (share < 1) shares.Add(share);
                }
            }
        }
    }

    private static double Share(double magnitude, double threshold) => threshold > 0 ? magnitude / threshold : double.PositiveInfinity;

    private double MeanRow(int first, int end)
    {
        var sum = 0.0;
        for (var k = first; k < end; k++) sum += _rows[k];
        return sum / (end - first);
    }

    private double MeanFactor(Sparsity.CoarseRuns runs, int run, ReadOnlySpan<float> factors)
    {
        if (factors.IsEmpty) return 1;
        var first = run / runs.FilterRows * runs.InputChannels;
        var end = Math.Min(first + runs.InputChannels, factors.Length);
        var sum = 0.0;
        for (var c = first; c < end; c++) sum += factors[c];
        return sum / (end - first);
    }

    private void SumSquares(float* w, int row, int end, double[] squares, bool[] wasLive)
    {
        Array.Clear(squares);
        Array.Clear(wasLive);
        var runOf = mask.Runs.RunOf;
        for (var k = row; k < end; k++)
        {
            var (start, next) = (k * runOf.Length, (k + 1) * runOf.Length);
            for (var i = mask.NextLive(start, next); i < next; i = mask.NextLive(i + 1, next))
            {
                var run = runOf[i - start];
                squares[run] += (double)w[i] * w[i];
                wasLive[run] = true;
            }
        }
    }

    private void PruneRow(float* w, float* v, int k, bool[] dead, ref PrunedCounts counts)
    {
        var runOf = mask.Runs.RunOf;
        var words = mask.Words;
        var (start, next) = (k * runOf.Length, (k + 1) * runOf.Length);
        for (var i = mask.NextLive(start, next); i < next; i = mask.NextLive(i + 1, next))
        {
            var inRun = dead[runOf[i - start]];
            if (!inRun && !(Math.Abs(w[i]) < _rows[k] * _fine[i - start])) continue;
            words[i / 64] &= ~(1UL << (i % 64));
            w[i] = 0;
            if (v != null) v[i] = 0;
            if (!inRun) counts.Weights++;
        }
    }
}
