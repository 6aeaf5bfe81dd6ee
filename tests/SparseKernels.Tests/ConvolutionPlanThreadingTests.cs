using SparseKernels.Isa;
using SparseKernels.Tensors;
using SparseKernels.Tests.Support;
using SparseKernels.TestSupport;
using SparseKernels.Threading;
using Xunit;

namespace SparseKernels.Tests;

/// <summary>Neither the number of threads, nor the topology, nor other callers of the same plan change a bit of any result.</summary>
public sealed class ConvolutionPlanThreadingTests
{
    private static readonly ComputeTopology[] s_topologies = [new(1, 2), new(2, 1), new(1, 3), new(2, 2)];

    [Fact]
    public void AllPasses_AnyTopology_GiveTheBitsOfOneThread() =>
        GeneratedCases.Check(ConvolutionCase.Arbitrary(), 30, c => SameOnEveryTopology(c));

    [Theory]
    [MemberData(nameof(ConvolutionLayers.Names), MemberType = typeof(ConvolutionLayers))]
    public void AllPasses_LayersOfRealNetworks_GiveTheBitsOfOneThread(string layer) => SameOnEveryTopology(ConvolutionLayers.Case(layer));

    [Fact]
    public void AllPasses_OnePlanFromSeveralThreads_GiveTheBitsOfOneCaller()
    {
        foreach (var name in (string[])["16 to 16, 32x8, 3x3, batch 16", "depthwise 128, 28x28, 3x3", "3 to 64, 32x32, 3x3", "32 groups, 128 to 128, 14x14, 3x3"])
        {
            var shape = ConvolutionLayers.All[name];
            foreach (var isa in InstructionSet.Available)
            {
                using var plan = Plans.Make(shape, isa, new ComputeTopology(1, 2));
                const int Callers = 4;
                var data = Enumerable.Range(0, Callers).Select(i => new ConvolutionCase(shape, 1, 1, 1, Seed: i * 10).Floats()).ToArray();
                var expected = Array.ConvertAll(data, d => PlanRun.Everything(plan, d, TensorForm.ChannelBlocked));
                var failures = new Exception?[Callers];
                var threads = Enumerable.Range(0, Callers).Select(i => new Thread(() =>
                {
                    try
                    {
                        for (var repeat = 0; repeat < TestScale.Size(2); repeat++)
                        {
                            Expect.SameBits(
                                expected[i], PlanRun.Everything(plan, data[i], TensorForm.ChannelBlocked),
                                $"caller {i}, {InstructionSet.NameOf(isa)}, {shape}");
                            Expect.SameBits(
                                expected[i], PlanRun.Everything(plan, data[i], TensorForm.ChannelBlocked),
                                $"caller {i}, {InstructionSet.NameOf(isa)}, {shape}");
                        }
                    }
                    catch (Exception e)
                    {
                        failures[i] = e;
                    }
                })).ToArray();
                foreach (var thread in threads) thread.Start();
                foreach (var thread in threads) thread.Join();
                Assert.All(failures, Assert.Null);
            }
        }
    }

    private static void SameOnEveryTopology(ConvolutionCase c)
    {
        var data = c.Floats();
        foreach (var isa in Plans.Kinds(c.Shape))
        {
            foreach (var form in TensorForms.All)
            {
                using var serial = Plans.Make(c.Shape, isa, new ComputeTopology(1, 1));
                var expected = PlanRun.Everything(serial, data, form);
                foreach (var topology in s_topologies)
                {
                    using var plan = Plans.Make(c.Shape, isa, topology);
                    Expect.SameBits(
                        expected, PlanRun.Everything(plan, data, form),
                        $"{topology.Clusters} x {topology.CoresPerCluster} threads, {InstructionSet.NameOf(isa)}, {c.Shape}");
                }
            }
        }
    }

    [Fact]
    public void Dispose_WhileCallsRun_LetsThemEndRightAndLaterOnesThrow()
    {
        var shape = new ConvolutionShape(2, 32, 24, 24, 32, 3, 3, padding: 1);
        for (var round = 0; round < 20; round++)
        {
            var plan = new ConvolutionPlan(shape, new ConvolutionOptions { Topology = ComputeTopology.FromThreads(2) });
            BlockedTensor x = plan.CreateInput(), dy = plan.CreateOutput();
            var packed = plan.CreatePackedWeights();
            var weights = new float[shape.WeightLength];
            Array.Fill(weights, 1);
            packed.Update(weights);
            x.AsSpan().Fill(1);
            dy.AsSpan().Fill(1);
            var (ended, wrong) = (0, 0);
            using var started = new CountdownEvent(3);
            var callers = Enumerable.Range(0, 3).Select(caller => new Thread(() =>
            {
                using BlockedTensor y = new(2, 32, 24, 24), dx = new(2, 32, 24, 24);
                var dw = new float[shape.WeightLength];
                started.Signal();
                try
                {
                    while (true)
                    {
                        if (caller == 0) plan.Forward(x, packed, [], y);
                        else if (caller == 1) plan.BackwardData(dy, packed, dx);
                        else plan.BackwardWeights(x, dy, dw, []);
                        var middle = caller == 0 ? y.AsSpan()[25 * 16] : caller == 1 ? dx.AsSpan()[25 * 16] : dw[4] / 4;
                        if (middle != 9 * 32) Interlocked.Increment(ref wrong);
                    }
                }
                catch (ObjectDisposedException)
                {
                    Interlocked.Increment(ref ended);
                }
            })).ToArray();
            foreach (var caller in callers) caller.Start();
            started.Wait(TestContext.Current.CancellationToken);
            Thread.Sleep(round % 5);
            foreach (var owned in round % 2 == 0 ? new IDisposable[] { plan, packed, x, dy } : [x, dy, packed, plan]) owned.Dispose();
            foreach (var caller in callers) caller.Join();
            Assert.Equal((3, 0), (ended, wrong));
        }
    }
}
