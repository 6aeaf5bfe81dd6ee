using SparseKernels.Sparsity;

namespace SparseKernels.Pruning;

/// <summary>What was pruned in one layer since it was registered.</summary>
internal sealed class PruningCounts(WeightPattern mask, int cores)
{
    private double? _inputsBefore;
    private double? _coresBefore;
    private bool _noted;

    public long PairsCompared { get; private set; }

    public long PairsPossible { get; private set; }

    public long SimilarRunsPruned { get; private set; }

    public long RunsPruned { get; private set; }

    public long WeightsPruned { get; set; }

    public long WeightsGrown { get; set; }

    public void Add(SimilarityResult result)
    {
        PairsCompared += result.PairsCompared;
        PairsPossible += result.PairsPossible;
        SimilarRunsPruned += result.RunsPruned;
    }

    public void Add(PrunedCounts pruned)
    {
        RunsPruned += pruned.Runs;
        WeightsPruned += pruned.Weights;
    }

    /// <summary>Notes the imbalance, the first time in a step.</summary>
    public void BeforePruning()
    {
        if (_noted) return;
        (_inputsBefore, _coresBefore, _noted) = (ChannelImbalance.OfInputs(mask), ChannelImbalance.OfCores(mask, cores), true);
    }

    public void EndStep() => _noted = false;

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
            PairsCompared = PairsCompared,
            PairsPossible = PairsPossible,
            SimilarRunsPruned = SimilarRunsPruned,
            RunsPruned = RunsPruned,
            WeightsPruned = WeightsPruned,
            WeightsGrown = WeightsGrown,
            InputImbalanceBefore = _inputsBefore ?? inputs,
            InputImbalance = inputs,
            CoreImbalanceBefore = _coresBefore ?? shares,
            CoreImbalance = shares,
        };
    }
}
