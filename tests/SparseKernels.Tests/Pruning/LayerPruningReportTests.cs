using SparseKernels.Pruning;
using Xunit;

namespace SparseKernels.Tests.Pruning;

public sealed class LayerPruningReportTests
{
    private static readonly LayerPruningReport s_report = new()
    {
        Name = "layer",
        Weights = 100,
        LiveWeights = 40,
        Groups = 10,
        LiveGroups = 7,
        WeightsInDeadGroups = 30,
        PairsCompared = 0,
        PairsPossible = 0,
        SimilarRunsPruned = 0,
        SimilarRunsChecked = 0,
        SimilarRunsOfAllPairs = 0,
        RunsPruned = 0,
        WeightsPruned = 0,
        WeightsGrown = 0,
        InputImbalance = 1,
        InputImbalanceAtFirst = 1,
        CoreImbalance = 1,
        CoreImbalanceAtFirst = 1,
    };

    [Fact]
    public void Shares_SomePruned_AreOfAllWeightsAllGroupsAndAllZeros()
    {
        Assert.Equal(0.6, s_report.Sparsity, 1e-12);
        Assert.Equal(0.3, s_report.CoarseSparsity, 1e-12);
        Assert.Equal(0.5, s_report.CoarseShare, 1e-12);
    }

    [Fact]
    public void Shares_NonePruned_AreZero()
    {
        var dense = s_report with { LiveWeights = 100, LiveGroups = 10, WeightsInDeadGroups = 0 };
        Assert.Equal((0, 0, 0), (dense.Sparsity, dense.CoarseSparsity, dense.CoarseShare));
    }
}
