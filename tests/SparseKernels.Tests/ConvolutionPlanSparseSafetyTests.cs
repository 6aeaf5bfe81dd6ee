using SparseKernels.Isa;
using SparseKernels.Tensors;
using SparseKernels.Tests.Support;
using SparseKernels.TestSupport;
using SparseKernels.Threading;
using Xunit;

namespace SparseKernels.Tests;

/// <summary>
/// What the sparse passes owe beside right results: no allocation, the same bits on any threads, no access outside their operands.
/// </summary>
[Collection(SoloCollection.Name)]
public sealed class ConvolutionPlanSparseSafetyTests
{
    public static TheoryData<string> Layers { get; } = new(
        "3 to 64, 32x32, 3x3", "16 to 16, 32x8, 3x3, batch 16", "64 to 128, 28x14, 3x3, stride 2", "32 groups, 128 to 128, 14x14, 3x3", "as linear, 512 to 10, 1x1");

    [Theory]
    [MemberData(nameof(Layers))]
    public void EveryPair_AfterTheFirstCall_AllocatesNothing(string layer)
    {
        var shape = ConvolutionLayers.All[layer];
        var data = OfLayer(layer).Make();
        float[] dw = new float[shape.WeightLength], dbias = new float[shape.K];
        foreach (var isa in InstructionSet.Available)
        {
            foreach (var threads in (int[])[1, 2])
            {
                using var plan = Plans.Make(shape, isa, ComputeTopology.FromThreads(threads));
                using BlockedTensor x = plan.CreateInput(), y = plan.CreateOutput(), dx = plan.CreateInput(), dy = plan.CreateOutput();
                using var w = plan.CreatePackedWeights();
                x.CopyFromNchw(data.Dense.X);
                dy.CopyFromNchw(data.Dense.Dy);
                foreach (var pair in SparseConvolutionData.Pairs)
                {
                    var (forward, backwardData, backwardWeights) = (data.Forward(pair, given: true), data.BackwardData(pair, given: true), data.BackwardWeights(pair, given: true));
                    None("Forward and BackwardData after an update of the weights", () =>
                    {
                        w.Update(data.Dense.W);
                        plan.Forward(x, w, data.Dense.Bias, y, forward);
                        plan.BackwardData(dy, w, dx, backwardData);
                    });
                    None("Forward and BackwardData after new values", () =>
                    {
                        w.UpdateValues(data.Dense.W);
                        plan.Forward(x, w, data.Dense.Bias, y, forward);
                        plan.BackwardData(dy, w, dx, backwardData);
                    });
                    None("BackwardWeights", () => plan.BackwardWeights(x, dy, dw, dbias, backwardWeights));

                    void None(string what, Action action)
                    {
                        var bytes = Allocations.Least(action);
                        Assert.True(bytes == 0, $"{what}, {pair}: {bytes} bytes allocated in each call, {InstructionSet.NameOf(isa)}, {threads} threads, {shape}");
                    }
                }
            }
        }
    }

    [Fact]
    public void EveryPair_AnyTopology_GivesTheBitsOfOneThread() =>
        GeneratedCases.Check(SparseConvolutionCase.Arbitrary(), 15, c => SameOnEveryTopology(c));

    [Theory]
    [MemberData(nameof(Layers))]
    public void EveryPair_LayersOfRealNetworks_GivesTheBitsOfOneThread(string layer) => SameOnEveryTopology(OfLayer(layer));

    [Fact]
    public void EveryPair_PlainOperandsBetweenGuardPages_StaysInside() =>
        GeneratedCases.Check(SparseConvolutionCase.Arbitrary(), 20, c => CheckGuarded(c));

    [Theory]
    [MemberData(nameof(Layers))]
    public void EveryPair_LayersOfRealNetworks_StaysInside(string layer) => CheckGuarded(OfLayer(layer));

    private static SparseConvolutionCase OfLayer(string layer) =>
        new(ConvolutionLayers.Case(layer) with { DensityX = 0.5, DensityW = 0.3, DensityDy = 0.4 }, ZeroLayout.Scattered, 0.4);

    private static void SameOnEveryTopology(SparseConvolutionCase c)
    {
        // Floats, since sums of whole numbers are the same in any order.
        var data = c.Make() with { Dense = c.Dense.Floats() };
        foreach (var isa in Plans.Kinds(c.Shape))
        {
            foreach (var pair in SparseConvolutionData.Pairs)
            {
                using var one = Plans.Make(c.Shape, isa, ComputeTopology.FromThreads(1));
                var expected = Everything(one, data, pair);
                foreach (var topology in (ComputeTopology[])[new(1, 2), new(2, 2)])
                {
                    using var plan = Plans.Make(c.Shape, isa, topology);
                    Expect.SameBits(expected, Everything(plan, data, pair), $"{pair}, {topology}, {InstructionSet.NameOf(isa)}, {c.Shape}");
                }
            }
        }
    }

    private static float[] Everything(ConvolutionPlan plan, SparseConvolutionData data, OperandPair pair) =>
    [
        .. PlanRun.Forward(plan, data.Dense, TensorForm.ChannelBlocked, withBias: true, data.Forward(pair, given: false)),
        .. PlanRun.BackwardData(plan, data.Dense, TensorForm.ChannelBlocked, data.BackwardData(pair, given: false)),
        .. PlanRun.BackwardWeights(plan, data.Dense, TensorForm.ChannelBlocked, withBias: false, data.BackwardWeights(pair, given: false)).Dw,
    ];

    private static void CheckGuarded(SparseConvolutionCase c)
    {
        var data = c.Make();
        var (y, dx, (dw, dbias)) = (data.Dense.ReferenceForward(withBias: true), data.Dense.ReferenceBackwardData(), data.Dense.ReferenceBackwardWeights());
        foreach (var side in Enum.GetValues<GuardSide>())
        {
            using GuardedBuffer x = new(data.Dense.X, side), w = new(data.Dense.W, side), dy = new(data.Dense.Dy, side), bias = new(
                data.Dense.Bias, side);
            using GuardedBuffer toY = new(new float[y.Length], side), toDx = new(new float[dx.Length], side), toDw = new(new float[dw.Length], side), toDbias = new(new float[dbias.Length], side);
            Plans.OnEach(c.Shape, (plan, where) =>
            {
                foreach (var pair in SparseConvolutionData.Pairs)
                {
                    var what = $"{pair}, {where}, guard {side}";
                    plan.Forward(x.Span, w.Span, bias.Span, toY.Span, data.Forward(pair, given: false));
                    plan.BackwardData(dy.Span, w.Span, toDx.Span, data.BackwardData(pair, given: false));
                    plan.BackwardWeights(x.Span, dy.Span, toDw.Span, toDbias.Span, data.BackwardWeights(pair, given: false));
                    Expect.Equal(SparseConvolutionData.Masked(y, data.MaskY, pair.Contains(Operand.Output)), toY.Span, $"y, {what}");
                    Expect.Equal(SparseConvolutionData.Masked(dx, data.MaskX, pair.Contains(Operand.Input)), toDx.Span, $"dx, {what}");
                    Expect.Equal(SparseConvolutionData.Masked(dw, data.MaskW, pair.Contains(Operand.Weight)), toDw.Span, $"dw, {what}");
                    Expect.Equal(dbias, toDbias.Span, $"dbias, {what}");
                }
            });
        }
    }
}
