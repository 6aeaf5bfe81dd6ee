using SparseKernels.Tests.Support;
using SparseKernels.TestSupport;
using Xunit;

namespace SparseKernels.Tests;

/// <summary>
/// Every operand of the plain form lies against a page that nobody may touch, so that one element read or written past an end
/// ends the process, which the runner reports as a failure of the whole project.
/// </summary>
public sealed class ConvolutionPlanGuardTests
{
    [Fact]
    public void AllPasses_PlainOperandsBetweenGuardPages_StayInside() =>
        GeneratedCases.Check(ConvolutionCase.Arbitrary(), 60, c => CheckGuarded(c));

    [Theory]
    [MemberData(nameof(ConvolutionLayers.Names), MemberType = typeof(ConvolutionLayers))]
    public void AllPasses_LayersOfRealNetworks_StayInside(string layer) => CheckGuarded(ConvolutionLayers.Case(layer));

    private static void CheckGuarded(ConvolutionCase c)
    {
        var data = c.Integers();
        var expectedY = data.ReferenceForward(withBias: true);
        var expectedDx = data.ReferenceBackwardData();
        var expected = data.ReferenceBackwardWeights();
        foreach (var side in Enum.GetValues<GuardSide>())
        {
            using GuardedBuffer x = new(data.X, side), w = new(data.W, side), dy = new(data.Dy, side), bias = new(data.Bias, side);
            using GuardedBuffer y = new(new float[data.Dy.Length], side), dx = new(new float[data.X.Length], side);
            using GuardedBuffer dw = new(new float[data.W.Length], side), dbias = new(new float[data.Bias.Length], side);
            Plans.OnEach(c.Shape, (plan, where) =>
            {
                plan.Forward(x.Span, w.Span, bias.Span, y.Span);
                plan.BackwardData(dy.Span, w.Span, dx.Span);
                plan.BackwardWeights(x.Span, dy.Span, dw.Span, dbias.Span);
                Expect.Equal(expectedY, y.Span, $"y, {where}, guard {side}");
                Expect.Equal(expectedDx, dx.Span, $"dx, {where}, guard {side}");
                Expect.Equal(expected.Dw, dw.Span, $"dw, {where}, guard {side}");
                Expect.Equal(expected.Dbias, dbias.Span, $"dbias, {where}, guard {side}");
            });
        }
    }
}
