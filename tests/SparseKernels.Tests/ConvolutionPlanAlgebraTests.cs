using SparseKernels.Tests.Support;
using SparseKernels.TestSupport;
using Xunit;

namespace SparseKernels.Tests;

/// <summary>What convolution is, said without a reference: bilinear, its backward passes the adjoints of its forward.</summary>
public sealed class ConvolutionPlanAlgebraTests
{
    [Fact]
    public void AllPasses_WholeNumbers_AreAdjoint() =>
        GeneratedCases.Check(ConvolutionCase.Arbitrary(), 80, c =>
        {
            var data = c.Integers();
            Plans.OnEach(c.Shape, (plan, where) =>
            {
                var forward = Dot(PlanRun.Forward(plan, data, TensorForm.ChannelBlocked, withBias: false), data.Dy);
                var inData = Dot(data.X, PlanRun.BackwardData(plan, data, TensorForm.ChannelBlocked));
                var inWeights = Dot(data.W, PlanRun.BackwardWeights(plan, data, TensorForm.ChannelBlocked, withBias: false).Dw);
                Assert.True(forward == inData, $"⟨forward(x, w), dy⟩ = {forward}, ⟨x, dx⟩ = {inData}, {where}");
                Assert.True(forward == inWeights, $"⟨forward(x, w), dy⟩ = {forward}, ⟨w, dw⟩ = {inWeights}, {where}");
            });
        });

    [Fact]
    public void Forward_SumOfInputs_IsSumOfResults() =>
        Linear((one, two) => one with { X = Sum(one.X, two.X) }, (one, two) => one with { X = two.X }, Pass.Forward);

    [Fact]
    public void Forward_SumOfWeights_IsSumOfResults() =>
        Linear((one, two) => one with { W = Sum(one.W, two.W) }, (one, two) => one with { W = two.W }, Pass.Forward);

    [Fact]
    public void BackwardData_SumOfGradients_IsSumOfResults() =>
        Linear((one, two) => one with { Dy = Sum(one.Dy, two.Dy) }, (one, two) => one with { Dy = two.Dy }, Pass.BackwardData);

    [Fact]
    public void BackwardData_SumOfWeights_IsSumOfResults() =>
        Linear((one, two) => one with { W = Sum(one.W, two.W) }, (one, two) => one with { W = two.W }, Pass.BackwardData);

    [Fact]
    public void BackwardWeights_SumOfInputs_IsSumOfResults() =>
        Linear((one, two) => one with { X = Sum(one.X, two.X) }, (one, two) => one with { X = two.X }, Pass.BackwardWeights);

    [Fact]
    public void BackwardWeights_SumOfGradients_IsSumOfResults() =>
        Linear((one, two) => one with { Dy = Sum(one.Dy, two.Dy) }, (one, two) => one with { Dy = two.Dy }, Pass.BackwardWeights);

    private enum Pass
    {
        Forward,
        BackwardData,
        BackwardWeights,
    }

    /// <summary>pass(a + b) = pass(a) + pass(b) in one operand, the others held; exact on whole numbers.</summary>
    private static void Linear(Func<ConvolutionData, ConvolutionData, ConvolutionData> summed, Func<ConvolutionData, ConvolutionData, ConvolutionData> replaced, Pass pass) =>
        GeneratedCases.Check(ConvolutionCase.Arbitrary(), 25, c =>
        {
            var one = c.Integers();
            var two = (c with { Seed = c.Seed + 1000 }).Integers();
            Plans.OnEach(c.Shape, (plan, where) =>
            {
                var expected = Sum(Result(plan, one, pass), Result(plan, replaced(one, two), pass));
                Expect.Equal(expected, Result(plan, summed(one, two), pass), $"{pass}, {where}");
            });
        });

    private static float[] Result(ConvolutionPlan plan, ConvolutionData data, Pass pass) => pass switch
    {
        Pass.Forward => PlanRun.Forward(plan, data, TensorForm.ChannelBlocked, withBias: false),
        Pass.BackwardData => PlanRun.BackwardData(plan, data, TensorForm.ChannelBlocked),
        _ => PlanRun.BackwardWeights(plan, data, TensorForm.ChannelBlocked, withBias: false).Dw,
    };

    private static float[] Sum(float[] a, float[] b) => Array.ConvertAll(Enumerable.Range(0, a.Length).ToArray(), i => a[i] + b[i]);

    private static double Dot(float[] a, float[] b)
    {
        Assert.Equal(a.Length, b.Length);
        double sum = 0;
        for (var i = 0; i < a.Length; i++) sum += (double)a[i] * b[i];
        return sum;
    }
}
