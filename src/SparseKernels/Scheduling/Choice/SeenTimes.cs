using System.Runtime.CompilerServices;

namespace SparseKernels.Scheduling.Choice;

/// <summary>
/// What calls of one candidate took over their predictions: the second fastest of the last few, within bounds. What disturbs a call only
/// ever slows it down, so that the fast ones tell most, and the very fastest is spared lest one happy accident count for long.
/// </summary>
internal struct SeenTimes
{
    /// <summary>Neither a slow neighbour nor a bad prediction moves an estimate further than this, either way.</summary>
    public const double Bound = 4;

    /// <summary>A prediction that has moved by this factor since the last call seen makes room for another try.</summary>
    public const double Drift = 2;

    private const int Kept = 5;

    private Ratios _ratios;
    private double _prediction;
    private int _next;

    /// <summary>Times seen, up to those kept.</summary>
    public int Count { get; private set; }

    /// <summary>The ratio to expect; 1 before any.</summary>
    public readonly double Correction
    {
        get
        {
            if (Count == 0) return 1;
            Ratios sorted = _ratios;
            Span<double> ratios = sorted;
            ratios = ratios[..Count];
            ratios.Sort();
            return ratios[Count > 3 ? 1 : 0];
        }
    }

    /// <summary>Tries that count towards a choice at a prediction: one less where the prediction has moved away from those seen.</summary>
    public readonly int TriesAt(double prediction)
    {
        if (Count == 0) return 0;
        var drift = prediction / _prediction;
        return Math.Min(Count, ChoiceRule.EnoughTries) - (drift is > Drift or < 1 / Drift ? 1 : 0);
    }

    /// <summary>Takes a call.</summary>
    /// <param name="predicted">Its prediction by the cost model alone.</param>
    /// <param name="seconds">What it took.</param>
    /// <param name="age">
    /// Calls of the pass since the last that ran the candidate. The machine may have been another then: of old times only the last one
    /// stays.
    /// </param>
    public void Add(double predicted, double seconds, long age)
    {
        if (age >= ChoiceRule.OldAge && Count > 1) (_ratios[0], _next, Count) = (_ratios[(_next + Kept - 1) % Kept], 1, 1);
        _ratios[_next] = Math.Clamp(seconds / predicted, 1 / Bound, Bound);
        _next = (_next + 1) % Kept;
        Count = Math.Min(Count + 1, Kept);
        _prediction = predicted;
    }

    [InlineArray(Kept)]
    private struct Ratios
    {
        private double _first;
    }
}
