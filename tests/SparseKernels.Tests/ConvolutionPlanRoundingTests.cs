using SparseKernels.Tests.Support;
using SparseKernels.TestSupport;
using Xunit;

namespace SparseKernels.Tests;

/// <summary>Fractions on every instruction set: each element within the bound that any order of an fp32 sum keeps.</summary>
public sealed class ConvolutionPlanRoundingTests
{
    [Fact]
    public void Forward_Fractions_StaysWithinTheBoundOfAnFp32Sum() =>
        GeneratedCases.Check(ConvolutionCase.Arbitrary(), 80, c =>
        {
            var data = c.Floats();
            var expected = data.ReferenceForward(withBias: true);
            var tolerance = ConvolutionData.Tolerance(
                (long)c.Shape.GroupC * c.Shape.R * c.Shape.S, data.Magnitudes().ReferenceForward(withBias: true));
            Plans.OnEach(c.Shape, (plan, where) =>
            {
                foreach (var form in TensorForms.All)
                    Expect.Close(
                        expected, PlanRun.Forward(plan, data, form, withBias: true), tolerance,
                        $"y, {where}, {form}");
            });
        });

    [Fact]
    public void BackwardData_Fractions_StaysWithinTheBoundOfAnFp32Sum() =>
        GeneratedCases.Check(ConvolutionCase.Arbitrary(), 80, c =>
        {
            var data = c.Floats();
            var expected = data.ReferenceBackwardData();
            var tolerance = ConvolutionData.Tolerance(
                (long)c.Shape.GroupK * c.Shape.R * c.Shape.S, data.Magnitudes().ReferenceBackwardData());
            Plans.OnEach(c.Shape, (plan, where) =>
            {
                foreach (var form in TensorForms.All)
                    Expect.Close(
                        expected, PlanRun.BackwardData(plan, data, form), tolerance, $"dx, {where}, {form}");
            });
        });

    [Fact]
    public void BackwardWeights_Fractions_StaysWithinTheBoundOfAnFp32Sum() =>
        GeneratedCases.Check(ConvolutionCase.Arbitrary(), 80, c =>
        {
            var data = c.Floats();
            var expected = data.ReferenceBackwardWeights();
            var magnitudes = data.Magnitudes().ReferenceBackwardWeights();
            var terms = (long)c.Shape.N * c.Shape.P * c.Shape.Q;
            Plans.OnEach(c.Shape, (plan, where) =>
            {
                foreach (var form in TensorForms.All)
                {
                    var actual = PlanRun.BackwardWeights(plan, data, form, withBias: true);
                    Expect.Close(expected.Dw, actual.Dw, ConvolutionData.Tolerance(terms, magnitudes.Dw), $"dw, {where}, {form}");
                    Expect.Close(
                        expected.Dbias, actual.Dbias, ConvolutionData.Tolerance(terms, magnitudes.Dbias), $"dbias, {where}, {form}");
                }
            });
        });

    [Fact]
    public void AllPasses_NaNInTheData_ReachesTheResultsThatUseItAndNoOther()
    {
        // Only weights may meet padding: whether 0 · NaN there counts or is skipped is left open.
        var shape = new ConvolutionShape(1, 17, 9, 9, 18, 3, 3, padding: 1);
        var data = new ConvolutionCase(shape, 1, 1, 1, 1).Floats();
        data.X[40] = float.NaN;
        var gradient = new ConvolutionCase(shape, 1, 1, 1, 1).Floats();
        gradient.Dy[60] = float.NaN;
        Plans.OnEach(shape, (plan, where) =>
        {
            foreach (var form in TensorForms.All)
            {
                SameNaNs(data.ReferenceForward(true), PlanRun.Forward(plan, data, form, withBias: true), $"y, {where}");
                SameNaNs(gradient.ReferenceBackwardData(), PlanRun.BackwardData(plan, gradient, form), $"dx, {where}");
                SameNaNs(
                    data.ReferenceBackwardWeights().Dw, PlanRun.BackwardWeights(plan, data, form, withBias: true).Dw, $"dw, {where}");
            }
        });
    }

    private static void SameNaNs(float[] expected, float[] actual, string what)
    {
        for (var i = 0; i < expected.Length; i++)
            Assert.True(
                float.IsNaN(expected[i]) == float.IsNaN(actual[i]), $"{what}: element {i}: expected {expected[i]}, got {actual[i]}");
    }

    /// <summary>Signs of gradients cancel: what is left of a sum in single precision would be noise.</summary>
    [Fact]
    public void BackwardWeights_GradientsThatCancel_BiasIsRoundedOnce()
    {
        const float Large = 1 << 25;
        var shape = new ConvolutionShape(18, 3, 5, 8, 20, 1, 1);
        var dy = new float[shape.OutputLength];
        for (var i = 0; i < dy.Length; i++) dy[i] = (i % 4) switch { 0 => Large, 2 => -Large, _ => 1 };
        var data = new ConvolutionData(shape, new float[shape.InputLength], new float[shape.WeightLength], dy, new float[shape.K]);
        var expected = Enumerable.Repeat((float)(shape.N * shape.P * shape.Q / 2), shape.K).ToArray();
        Plans.OnEach(shape, (plan, where) =>
        {
            foreach (var form in TensorForms.All)
                Expect.Equal(expected, PlanRun.BackwardWeights(plan, data, form, withBias: true).Dbias, $"dbias, {where}, {form}");
        });
    }
}
