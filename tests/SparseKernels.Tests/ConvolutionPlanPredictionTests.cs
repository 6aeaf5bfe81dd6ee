using SparseKernels.Isa;
using SparseKernels.Passes;
using SparseKernels.Passes.Frame;
using SparseKernels.Scheduling.Cost;
using SparseKernels.Sparsity;
using SparseKernels.Tests.Support;
using SparseKernels.Threading;
using Xunit;

namespace SparseKernels.Tests;

/// <summary>What a plan says its passes take at another density of the weights, by which pruning for time goes.</summary>
public static class ConvolutionPlanPredictionTests
{
    private static readonly ConvolutionShape s_shape = new(16, 32, 10, 10, 48, 3, 3, padding: 1);
    private static readonly OperandDensity s_density = new(0.05, 0.3);

    /// <summary>A cost model in which one pass alone costs anything, and each term of it a nanosecond.</summary>
    [Theory]
    [InlineData(BlockedLayout.ChannelBlocked)]
    [InlineData(BlockedLayout.BatchBlocked)]
    public static void PredictedSeconds_CostsOfOnePass_AreThosePartsOfTheSum(BlockedLayout layout)
    {
        var parts = Enum.GetValues<ConvolutionPass>().Select(pass => Predict(layout, row => row.Pass == pass ? 1e-9 : 0)).ToArray();
        var all = Predict(layout, _ => 1e-9);
        // A pass takes some tenths of a microsecond whatever it costs.
        Assert.All(parts, part => Assert.True(part.Sparse > 0 && part.Sparse < part.Dense, $"{part}, {layout}"));
        Assert.Equal(parts.Sum(part => part.Sparse), all.Sparse, 2e-3 * all.Sparse);
        Assert.Equal(parts.Sum(part => part.Dense), all.Dense, 2e-3 * all.Dense);
    }

    /// <summary>The model's own answers for the layout that ran: each pass by its fastest way.</summary>
    [Theory]
    [InlineData(BlockedLayout.ChannelBlocked)]
    [InlineData(BlockedLayout.BatchBlocked)]
    public static void PredictedSeconds_LayoutThatRan_IsThatOfItsWays(BlockedLayout layout)
    {
        var data = Costs(_ => 1e-9);
        using var plan = Run(layout, data);
        var model = new CostModel(data, InstructionSet.Current);
        var expected = Enum.GetValues<BlockedLayout>().ToDictionary(of => of, of => Enum.GetValues<ConvolutionPass>().Sum(pass =>
        {
            var work = plan.SchedulerOf(pass, layout).LastWork!.Value with { Weight = s_density, PacksWeights = false };
            return Candidates(pass, of).Where(candidate => candidate.NeedsNoMask || pass == ConvolutionPass.BackwardWeights).Min(
                candidate => model.Seconds(candidate, work));
        }));
        Assert.Equal(expected[layout], plan.PredictedSeconds(s_density), 1e-9 * expected[layout]);
        Assert.NotEqual(expected[BlockedLayout.ChannelBlocked], expected[BlockedLayout.BatchBlocked]);
    }

    /// <summary>Ways that compute only what a mask wants count where the last call had one.</summary>
    [Fact]
    public static void PredictedSeconds_MaskOfTheLastCall_CountsWhatItLetsSkip()
    {
        // All that may not use a mask is a thousand times as dear.
        var data = Costs(row => row.Way.Name.Contains("result", StringComparison.OrdinalIgnoreCase) ? 1e-12 : 1e-9);
        using var plan = Run(BlockedLayout.ChannelBlocked, data);
        var without = plan.PredictedSeconds(s_density);
        var floats = new ConvolutionCase(s_shape, 0.5, 0.5, 0.5, Seed: 3).Floats();
        var mask = new FineMask(s_shape.N, s_shape.C, s_shape.H, s_shape.W);
        mask.Update(floats.X);
        PlanRun.BackwardData(plan, floats, TensorForm.ChannelBlocked, new SparseOperands { Input = mask });
        Assert.True(plan.PredictedSeconds(s_density) < 0.9 * without, $"{plan.PredictedSeconds(s_density)} s, {without} s before");
    }

    private static (double Sparse, double Dense) Predict(BlockedLayout layout, Func<PassRow, double> cost)
    {
        using var plan = Run(layout, Costs(cost));
        return (plan.PredictedSeconds(s_density), plan.PredictedSeconds(OperandDensity.Full));
    }

    private static ConvolutionPlan Run(BlockedLayout layout, CalibrationData costs)
    {
        var plan = new ConvolutionPlan(
            s_shape, new ConvolutionOptions { Schedule = KernelSchedule.Reproducible, Topology = new ComputeTopology(1, 1), Calibration = new Calibration(costs) });
        Assert.Equal(0, plan.PredictedSeconds(s_density));
        PlanRun.Everything(plan, new ConvolutionCase(s_shape, 0.5, 0.5, 0.5, Seed: 3).Floats(), layout == BlockedLayout.BatchBlocked ? TensorForm.BatchBlocked : TensorForm.ChannelBlocked);
        return plan;
    }

    private static CalibrationData Costs(Func<PassRow, double> cost) => new(
        [.. PassCatalogue.Rows.Select(row => Enumerable.Repeat(cost(row), row.Way.TermNames.Count).ToArray())], InstructionSet.Current, "", "", 0, "");

    private static IEnumerable<Candidate> Candidates(ConvolutionPass pass, BlockedLayout layout) =>
        OperandPair.All.Select(pair => new Candidate(pass, pair, layout)).Append(new Candidate(pass, null, layout));
}
