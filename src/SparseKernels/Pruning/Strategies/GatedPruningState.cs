namespace SparseKernels.Pruning.Strategies;

/// <summary>All that <see cref="AccuracyGatedPruning"/> remembers, to and from named numbers.</summary>
internal sealed record GatedPruningState(
    AccuracyGateState Gate, float Similarity, PruningPace Pace, long Prunings, long RoundsLeft, long NextStep, IReadOnlyDictionary<string, (float Fine, float Coarse)> Thresholds)
{
    private const string Fine = "fine/";
    private const string Coarse = "coarse/";

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
            ["prunings"] = state.Prunings,
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
            reader.Number("best"), reader.Count("evaluations"), reader.Count("periods"), reader.Count("waited"), reader.Flag("finished"));
        var thresholds = new Dictionary<string, (float, float)>();
        foreach (var key in numbers.Keys.Where(key => key.StartsWith(Fine, StringComparison.Ordinal)))
            thresholds.Add(key[Fine.Length..], (reader.Threshold(key), reader.Threshold(Coarse + key[Fine.Length..])));
        var similarity = reader.Threshold("similarity");
        if (similarity is not (> 0 and < 1))
            throw new ArgumentException(
                $"'similarity' of a pruning strategy's state must be over 0 and under 1, got {similarity}.", nameof(numbers));
        return new GatedPruningState(
            gate, similarity, new PruningPace(reader.Threshold("steps"), reader.Share("sparsity-before")), reader.Whole("prunings"), reader.Whole("rounds-left"), reader.Whole("next-step"), thresholds);
    }
}
