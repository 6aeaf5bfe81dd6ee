using SparseKernels.Isa;
using SparseKernels.Tests.Support;
using SparseKernels.TestSupport;
using SparseKernels.Threading;
using Xunit;

namespace SparseKernels.Tests;

/// <summary>Up to 128 workers, whatever this machine has: slower here, but every bit as on one thread.</summary>
[Collection(SoloCollection.Name)]
public sealed class ConvolutionPlanManyWorkersTests
{
    /// <summary>Enough rows, images and channels for many items, and one with fewer items than workers; strides, groups, depthwise.</summary>
    private static readonly ConvolutionShape[] s_shapes =
    [
        new(9, 20, 12, 10, 40, 3, 3, padding: 1),
        new(2, 34, 13, 7, 18, 3, 2, stride: 2, padding: 1, groups: 2),
        new(5, 24, 9, 9, 24, 3, 3, padding: 1, groups: 24),
        new(1, 3, 4, 4, 5, 1, 1),
    ];

    public static TheoryData<int, int> Topologies { get; } =
        new() { { 1, 128 }, { 2, 64 }, { 4, 32 }, { 8, 16 }, { 128, 1 }, { 3, 7 }, { 5, 25 }, { 1, 33 } };

    [Theory]
    [MemberData(nameof(Topologies))]
    public void AllPasses_ManyWorkers_GiveTheBitsOfOneThread(int clusters, int cores)
    {
        foreach (var shape in Shapes())
        {
            var data = new ConvolutionCase(shape, 0.6, 0.6, 0.6, Seed: 21).Floats();
            foreach (var form in TensorForms.All)
            {
                using var one = Plans.Make(shape, InstructionSet.Current, new ComputeTopology(1, 1));
                using var many = Plans.Make(shape, InstructionSet.Current, new ComputeTopology(clusters, cores));
                Expect.SameBits(
                    PlanRun.Everything(one, data, form), PlanRun.Everything(many, data, form), $"{clusters} x {cores}, {shape}");
            }
        }
    }

    [Theory]
    [MemberData(nameof(Topologies))]
    public void EveryPair_ManyWorkers_GivesTheBitsOfOneThread(int clusters, int cores)
    {
        foreach (var shape in Shapes())
        {
            var c = new SparseConvolutionCase(new ConvolutionCase(shape, 0.5, 0.4, 0.5, Seed: 8), ZeroLayout.Scattered, 0.5);
            var data = c.Make() with { Dense = c.Dense.Floats() };
            foreach (var pair in SparseConvolutionData.Pairs)
            {
                using var one = Plans.Make(shape, InstructionSet.Current, new ComputeTopology(1, 1));
                using var many = Plans.Make(shape, InstructionSet.Current, new ComputeTopology(clusters, cores));
                Expect.SameBits(
                    Everything(one, data, pair), Everything(many, data, pair), $"{pair}, {clusters} x {cores}, {shape}");
            }
        }
    }

    [Fact]
    public void AllPasses_FourTimesMoreThreadsThanProcessors_GiveTheBitsOfOneThread()
    {
        var threads = (int)Math.Min(1024, 4 * Math.Ceiling(MachineTopology.Processors));
        var data = new ConvolutionCase(s_shapes[0], 0.6, 0.6, 0.6, Seed: 2).Floats();
        using var one = Plans.Make(s_shapes[0], InstructionSet.Current, new ComputeTopology(1, 1));
        using var many = Plans.Make(s_shapes[0], InstructionSet.Current, new ComputeTopology(1, threads));
        var expected = PlanRun.Everything(one, data, TensorForm.ChannelBlocked);
        for (var repeat = 0; repeat < 5; repeat++)
            Expect.SameBits(expected, PlanRun.Everything(many, data, TensorForm.ChannelBlocked), $"{threads} threads");
    }

    [Theory]
    [InlineData(1, 128)]
    [InlineData(8, 16)]
    public void AllPasses_SeveralCallersAndManyWorkers_GiveTheBitsOfOneCaller(int clusters, int cores)
    {
        var shape = s_shapes[0];
        using var one = Plans.Make(shape, InstructionSet.Current, new ComputeTopology(1, 1));
        using var many = Plans.Make(shape, InstructionSet.Current, new ComputeTopology(clusters, cores));
        var failures = new Exception?[5];
        var callers = Enumerable.Range(0, failures.Length).Select(i => new Thread(() =>
        {
            try
            {
                var data = new ConvolutionCase(shape, 1, 1, 1, Seed: 100 * (i + 1)).Floats();
                var expected = PlanRun.Everything(one, data, TensorForm.ChannelBlocked);
                for (var repeat = 0; repeat < 3; repeat++)
                    Expect.SameBits(expected, PlanRun.Everything(many, data, TensorForm.ChannelBlocked), $"caller {i}");
            }
            catch (Exception e)
            {
                failures[i] = e;
            }
        })
        { IsBackground = true }).ToArray();
        foreach (var caller in callers) caller.Start();
        Assert.All(callers, caller => Assert.True(caller.Join(TimeSpan.FromMinutes(2)), "a caller did not come back"));
        Assert.All(failures, Assert.Null);
    }

    private static IEnumerable<ConvolutionShape> Shapes() => TestScale.IsSmall ? s_shapes.Skip(1) : s_shapes;

    private static float[] Everything(ConvolutionPlan plan, SparseConvolutionData data, OperandPair pair) =>
    [
        .. PlanRun.Forward(plan, data.Dense, TensorForm.ChannelBlocked, withBias: true, data.Forward(pair, given: false)),
        .. PlanRun.BackwardData(plan, data.Dense, TensorForm.ChannelBlocked, data.BackwardData(pair, given: false)),
        .. PlanRun.BackwardWeights(plan, data.Dense, TensorForm.ChannelBlocked, withBias: false, data.BackwardWeights(pair, given: false)).Dw,
    ];
}
