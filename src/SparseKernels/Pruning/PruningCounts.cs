using SparseKernels.Schemas;
using SparseKernels.Sparsity;

namespace SparseKernels.Pruning;

/// <summary>What was pruned in one layer since it was registered.</summary>
internal sealed class PruningCounts(WeightPattern mask, int cores)
{
    private static readonly NumberRule<double> s_imbalance = NumberRules.Magnitude with { Least = 1 };

    private readonly Dictionary<string, double> _numbers = [];
    private bool _pruning;

    /// <summary>Depends on the cores of the machine, so no checkpoint has it.</summary>
    private double? _firstCores;

    public void Add(SimilarityResult result, int? ofAllPairs)
    {
        Add(Name.PairsCompared, result.PairsCompared);
        Add(Name.PairsPossible, result.PairsPossible);
        Add(Name.SimilarRuns, result.RunsFound);
        if (ofAllPairs is not { } all) return;
        Add(Name.CheckedRuns, result.RunsFound);
        Add(Name.CheckedAll, all);
    }

    public void Add(PrunedCounts pruned)
    {
        Add(Name.Runs, pruned.Runs);
        Add(Name.Weights, pruned.Weights);
    }

    public void AddPruned(long weights) => Add(Name.Weights, weights);

    public void AddGrown(long weights) => Add(Name.Grown, weights);

    /// <summary>Says that the step prunes.</summary>
    public void BeforePruning() => _pruning = true;

    /// <summary>Notes the imbalance that the first pruning left.</summary>
    public void EndStep()
    {
        if (!_pruning) return;
        _pruning = false;
        if ((_firstCores.HasValue && _numbers.ContainsKey(Name.FirstInputs)) || mask.Count == mask.Shape.WeightLength) return;
        _firstCores ??= ChannelImbalance.OfCores(mask, cores);
        _ = _numbers.TryAdd(Name.FirstInputs, ChannelImbalance.OfInputs(mask));
    }

    /// <summary>All of them under their names, for a checkpoint; those that are zero are left out.</summary>
    public IEnumerable<KeyValuePair<string, double>> Write() => _numbers.Where(number => number.Value != 0);

    /// <summary>Checks numbers that <see cref="Write"/> may have written.</summary>
    /// <exception cref="ArgumentException">One is none of these or impossible.</exception>
    public static void Check(string name, double number)
    {
        if (!Name.All.Contains(name)) throw new ArgumentException($"the counts of pruning have no '{name}'.", "state");
        var rule = name == Name.FirstInputs ? s_imbalance : NumberRules.Whole;
        if (!rule.Allows(number))
            throw new ArgumentException(
                FormattableString.Invariant($"'{name}' of the counts of pruning must be {rule.Words}, got {number}."), "state");
    }

    /// <summary>Goes on from numbers.</summary>
    public void Read(IEnumerable<KeyValuePair<string, double>> numbers)
    {
        _numbers.Clear();
        foreach (var (name, number) in numbers) _numbers[name] = number;
    }

    /// <summary>Goes back to what was pruned at a time; the work that was done since stays counted.</summary>
    public void TakeBack(IEnumerable<KeyValuePair<string, double>> numbers)
    {
        var then = numbers.ToDictionary();
        foreach (var name in Name.OfState)
        {
            if (then.TryGetValue(name, out var number)) _numbers[name] = number;
            else _numbers.Remove(name);
        }
    }

    public LayerPruningReport Report(string name)
    {
        var coarse = mask.Coarse;
        var (inputs, shares) = (ChannelImbalance.OfInputs(mask), ChannelImbalance.OfCores(mask, cores));
        return new LayerPruningReport
        {
            Name = name,
            Weights = mask.Shape.WeightLength,
            LiveWeights = mask.Count,
            Groups = coarse.Groups,
            LiveGroups = coarse.LiveGroups,
            WeightsInDeadGroups = mask.WeightsInDeadGroups,
            PairsCompared = Of(Name.PairsCompared),
            PairsPossible = Of(Name.PairsPossible),
            SimilarRunsPruned = Of(Name.SimilarRuns),
            SimilarRunsChecked = Of(Name.CheckedRuns),
            SimilarRunsOfAllPairs = Of(Name.CheckedAll),
            RunsPruned = Of(Name.Runs),
            WeightsPruned = Of(Name.Weights),
            WeightsGrown = Of(Name.Grown),
            InputImbalanceAtFirst = _numbers.GetValueOrDefault(Name.FirstInputs, inputs),
            InputImbalance = inputs,
            CoreImbalanceAtFirst = _firstCores ?? shares,
            CoreImbalance = shares,
        };
    }

    private long Of(string name) => (long)_numbers.GetValueOrDefault(name);

    private void Add(string name, long count)
    {
        if (count != 0) _numbers[name] = _numbers.GetValueOrDefault(name) + count;
    }

    private static class Name
    {
        public const string PairsCompared = "pairs-compared";
        public const string PairsPossible = "pairs-possible";
        public const string SimilarRuns = "similar-runs";
        public const string CheckedRuns = "checked-runs";
        public const string CheckedAll = "checked-all";
        public const string Runs = "runs";
        public const string Weights = "weights";
        public const string Grown = "grown";
        public const string FirstInputs = "first-input-imbalance";

        /// <summary>Those that say what is pruned, not what was done for it.</summary>
        public static readonly string[] OfState = [SimilarRuns, Runs, Weights, Grown, FirstInputs];

        public static readonly string[] All = [PairsCompared, PairsPossible, CheckedRuns, CheckedAll, .. OfState];
    }
}
