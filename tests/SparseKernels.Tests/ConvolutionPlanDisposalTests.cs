using SparseKernels.Isa;
using SparseKernels.Memory;
using SparseKernels.Tests.Support;
using SparseKernels.TestSupport;
using SparseKernels.Threading;
using Xunit;

namespace SparseKernels.Tests;

/// <summary>A disposed plan holds no native memory, without waiting for the garbage collector.</summary>
[Collection(SoloCollection.Name)]
public sealed class ConvolutionPlanDisposalTests
{
    private static readonly ConvolutionShape s_shape = new(3, 20, 9, 8, 24, 3, 3, padding: 1);

    [Fact]
    public void Dispose_DensePassesRan_FreesAll() =>
        Check(() =>
        {
            var data = new ConvolutionCase(s_shape, 1, 1, 1, Seed: 3).Floats();
            using var plan = Plans.Make(s_shape, InstructionSet.Current, new ComputeTopology(1, 2));
            foreach (var form in TensorForms.All) PlanRun.Everything(plan, data, form);
        });

    [Fact]
    public void Dispose_EveryPairRan_FreesAll() =>
        Check(() =>
        {
            var data = new SparseConvolutionCase(new ConvolutionCase(s_shape, 0.5, 0.5, 0.5, Seed: 4), ZeroLayout.Scattered, 0.5).Make();
            using var plan = Plans.Make(s_shape, InstructionSet.Current, new ComputeTopology(1, 2));
            foreach (var pair in SparseConvolutionData.Pairs)
            {
                PlanRun.Forward(plan, data.Dense, TensorForm.ChannelBlocked, withBias: true, data.Forward(pair, given: true));
                PlanRun.BackwardData(plan, data.Dense, TensorForm.ChannelBlocked, data.BackwardData(pair, given: true));
                PlanRun.BackwardWeights(plan, data.Dense, TensorForm.ChannelBlocked, withBias: true, data.BackwardWeights(pair, given: true));
            }
        });

    [Fact]
    public void Dispose_NothingRan_FreesAll() => Check(() => Plans.Make(s_shape, InstructionSet.Current).Dispose());

    private static void Check(Action use)
    {
        use();
        GC.Collect();
        GC.WaitForPendingFinalizers();
        var before = NativeBytes.InUse;
        use();
        Assert.InRange(NativeBytes.InUse, 0, before);
    }
}
