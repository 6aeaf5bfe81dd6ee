using System.Globalization;
using SparseKernels.Pruning.Strategies;
using SparseKernels.Schemas;
using SparseKernels.Training.Parameters;

namespace SparseKernels.Training.Pruning;

/// <summary>What a checkpoint keeps of pruning beside the masks.</summary>
/// <param name="Steps">Steps that the pruning unit took: as many as the run.</param>
/// <param name="Strategy">The strategy's name.</param>
/// <param name="Numbers">The strategy's numbers.</param>
/// <param name="ValidationAccuracy">The accuracy last measured; null before the first time and once those images are trained on.</param>
/// <param name="HoldsOut">Whether the epoch in progress trains without the validation images.</param>
/// <param name="Kept">The state that may come back; null if there is none.</param>
internal sealed record PruningProgress(
    long Steps, string Strategy, IReadOnlyDictionary<string, double> Numbers, double? ValidationAccuracy, bool HoldsOut, KeptState? Kept)
{
    /// <summary>What the keys of all of it begin with.</summary>
    public const string Prefix = "pruning.";

    private const string NumberPrefix = Prefix + "number.";
    private const string CountPrefix = Prefix + "count.";
    private const string KeptCountPrefix = Prefix + "kept-count.";
    private const string StepsKey = Prefix + "steps";
    private const string StrategyKey = Prefix + "strategy";
    private const string AccuracyKey = Prefix + "accuracy";
    private const string HoldsOutKey = Prefix + "holds-out";
    private const string BestKey = "best";

    /// <summary>A share of the images; NaN if the loss on them was not finite, or before the first evaluation.</summary>
    private static readonly NumberRule<double> s_accuracy = NumberRules.Share with { MayBeNaN = true };

    /// <summary>What was done and pruned so far; see <see cref="SparseKernels.Pruning.PruningState.Counts"/>.</summary>
    public IReadOnlyDictionary<string, double> Counts { get; init; } = new Dictionary<string, double>();

    /// <summary>What was trained on since the strategy was told the last time, where it is told that.</summary>
    public SeenImages Seen { get; init; }

    /// <summary>What was pruned when the state that may come back was kept.</summary>
    public IReadOnlyDictionary<string, double> KeptCounts { get; init; } = new Dictionary<string, double>();

    /// <summary>Writes all but what may come back.</summary>
    public void AddTo(Dictionary<string, string> metadata)
    {
        metadata.Add(StepsKey, Text(Steps));
        metadata.Add(StrategyKey, Strategy);
        if (ValidationAccuracy is { } accuracy) metadata.Add(AccuracyKey, Text(accuracy));
        metadata.Add(HoldsOutKey, HoldsOut ? "1" : "0");
        Seen.AddTo(metadata);
        foreach (var (name, number) in Numbers) metadata.Add(NumberPrefix + name, Text(number));
        foreach (var (name, number) in Counts) metadata.Add(CountPrefix + name, Text(number));
        foreach (var (name, number) in KeptCounts) metadata.Add(KeptCountPrefix + name, Text(number));
    }

    /// <summary>Reads it and checks that it goes with the rest of the checkpoint.</summary>
    /// <param name="fields">The metadata.</param>
    /// <param name="steps">Steps of the run.</param>
    /// <param name="masks">The masks, of all pruned layers.</param>
    /// <param name="kept">The state that may come back; null if there is none.</param>
    /// <exception cref="InvalidDataException">
    /// A value is missing, out of its range, or contradicts another; the message names its key.
    /// </exception>
    public static PruningProgress From(Fields fields, long steps, IReadOnlyList<NamedMask> masks, KeptState? kept)
    {
        var numbers = Read(fields, NumberPrefix, NumberRules.Any);
        var progress = new PruningProgress(
            fields.Number(StepsKey, new NumberRule<long>(steps, steps)), fields.Text(StrategyKey), numbers,
            fields.NumberOrNone(AccuracyKey, s_accuracy),
            fields.Number(HoldsOutKey, NumberRules.Flag) == 1, kept)
        {
            Seen = SeenImages.From(fields),
            Counts = Read(fields, CountPrefix, NumberRules.Magnitude),
            KeptCounts = Read(fields, KeptCountPrefix, NumberRules.Magnitude),
        };
        if (progress is { HoldsOut: false, ValidationAccuracy: not null })
            throw new InvalidDataException($"expected no {AccuracyKey} where {HoldsOutKey} is 0.");
        if (progress.Strategy == StrategyStates.Gated && numbers.TryGetValue(BestKey, out var best))
            _ = s_accuracy.Require(NumberPrefix + BestKey, best);
        try
        {
            StrategyStates.Check(progress.Strategy, steps, numbers, [.. masks.Select(mask => mask.Name)], kept is not null);
        }
        catch (ArgumentException e)
        {
            throw new InvalidDataException(
                $"{NumberPrefix}…: {e.Message.Replace($" (Parameter '{e.ParamName}')", "", StringComparison.Ordinal)}", e);
        }

        return progress;
    }

    private static Dictionary<string, double> Read(Fields fields, string prefix, NumberRule<double> rule) =>
        fields.Under(prefix).ToDictionary(pair => pair.Key, pair => rule.Parse(prefix + pair.Key, pair.Value));

    private static string Text(IFormattable number) => number.ToString(null, CultureInfo.InvariantCulture);
}
