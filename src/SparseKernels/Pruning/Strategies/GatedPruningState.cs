using SparseKernels.Schemas;

namespace SparseKernels.Pruning.Strategies;

/// <summary>All that <see cref="AccuracyGatedPruning"/> remembers, to and from named numbers.</summary>
internal sealed record GatedPruningState(
    AccuracyGateState Gate, float Similarity, PruningPace Pace, long RoundsLeft, long NextStep, IReadOnlyDictionary<string, (float Fine, float Coarse)> Thresholds)
{
    private const string Fine = "fine/";
    private const string Coarse = "coarse/";

    /// <summary>In any unit; none before the first evaluation.</summary>
    private static readonly NumberRule<double> s_accuracy = new(-double.MaxValue, double.MaxValue, MayBeNaN: true);

    /// <summary>As a <c>float</c>, in which much that is under 1 is 1.</summary>
    private static readonly NumberRule<double> s_similarity = new(0, float.BitDecrement(1), RangeEnds.Least);

    public static IReadOnlyDictionary<string, double> Write(GatedPruningState state)
    {
        var numbers = new Dictionary<string, double>
        {
            ["best"] = state.Gate.Best,
            ["evaluations"] = state.Gate.Evaluations,
            ["periods"] = state.Gate.Periods,
            ["waited"] = state.Gate.Waited,
            ["finished"] = state.Gate.Finished ? 1 : 0,
            ["similarity"] = state.Similarity,
            ["steps"] = state.Pace.Steps,
            ["sparsity-before"] = state.Pace.Sparsity,
            ["rounds-left"] = state.RoundsLeft,
            ["next-step"] = state.NextStep,
        };
        foreach (var (name, (fine, coarse)) in state.Thresholds)
        {
            numbers.Add(Fine + name, fine);
            numbers.Add(Coarse + name, coarse);
        }

        return numbers;
    }

    public static GatedPruningState Read(IReadOnlyDictionary<string, double> numbers)
    {
        var reader = new StateReader(numbers);
        var gate = new AccuracyGateState(
            reader.Number("best", s_accuracy), reader.Count("evaluations"), reader.Count("periods"), reader.Count("waited"),
            reader.Flag("finished"));
        var thresholds = new Dictionary<string, (float, float)>();
        foreach (var name in Under(Fine).Union(Under(Coarse)))
            thresholds.Add(name, (reader.Threshold(Fine + name), reader.Threshold(Coarse + name)));
        var state = new GatedPruningState(
            gate, (float)reader.Number("similarity", s_similarity), new PruningPace(reader.Threshold("steps"),
            reader.Share("sparsity-before")),
            reader.Count("rounds-left"), reader.Whole("next-step"), thresholds);
        reader.RefuseOthers();
        return state;

        IEnumerable<string> Under(string prefix) =>
            numbers.Keys.Where(key => key.StartsWith(prefix, StringComparison.Ordinal)).Select(key => key[prefix.Length..]);
    }

    /// <summary>
    /// Checks that the numbers go with each other, and with the steps, the layers and the copy that are kept beside them.
    /// </summary>
    /// <exception cref="ArgumentException">They do not.</exception>
    public void Check(long steps, IEnumerable<string> layers, bool hasSnapshot)
    {
        // An evaluation lets prune, or is waited through; thresholds move by no more steps than were waited, and one.
        if ((long)Gate.Periods + Gate.Waited > Gate.Evaluations)
            throw new ArgumentException(
                $"'periods' and 'waited' of a pruning strategy's state must be at most its 'evaluations', {Gate.Evaluations}, got {Gate.Periods} and {Gate.Waited}.", "state");
        if (Pace.Steps > Gate.Evaluations)
            throw new ArgumentException(
                $"'steps' of a pruning strategy's state must be at most its 'evaluations', {Gate.Evaluations}, got {Pace.Steps}.", "state");
        if (NextStep - steps > int.MaxValue)
            throw new ArgumentException(
                $"'next-step' of a pruning strategy's state must be at most {int.MaxValue} after the steps, {steps}, got {NextStep}.", "state");
        var prunes = Gate is { Periods: > 0, Finished: false };
        if (prunes != hasSnapshot)
            throw new ArgumentException(
                $"the pruning state must have a copy to bring back while pruning goes on and no other; it has {(hasSnapshot ? "one" : "none")}.", "state");
        if (RoundsLeft > 0 && !prunes)
            throw new ArgumentException(
                $"'rounds-left' of a pruning strategy's state must be 0 before pruning and after it, got {RoundsLeft}.", "state");
        if (Thresholds.Count == 0 && !prunes) return;
        if (layers.FirstOrDefault(layer => !Thresholds.ContainsKey(layer)) is { } missing)
            throw new ArgumentException(
                $"the pruning state must have thresholds '{Fine}{missing}' and '{Coarse}{missing}' of layer '{missing}'; it has none.", "state");
        if (Thresholds.Keys.FirstOrDefault(name => !layers.Contains(name)) is { } unknown)
            throw new ArgumentException($"the pruning state has thresholds of '{unknown}', which is no pruned layer.", "state");
    }
}
