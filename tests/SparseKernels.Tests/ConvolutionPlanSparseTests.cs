using SparseKernels.Tests.Support;
using SparseKernels.TestSupport;
using Xunit;

namespace SparseKernels.Tests;

/// <summary>
/// Every pass with every pair of operands, on every instruction set: whole numbers must equal the reference exactly, results outside
/// their mask must be zero, whatever way the zeros lie.
/// </summary>
public static class ConvolutionPlanSparseTests
{
    private const int Cases = 60;

    public sealed class Forward
    {
        [Fact]
        public void Forward_EveryPair_EqualsReference() => GeneratedCases.Check(SparseConvolutionCase.Arbitrary(), Cases, Check);

        [Theory]
        [MemberData(nameof(ConvolutionLayers.Names), MemberType = typeof(ConvolutionLayers))]
        public void Forward_LayersOfRealNetworks_EqualsReference(string layer) => Check(OfLayer(layer));

        private static void Check(SparseConvolutionCase c)
        {
            var data = c.Make();
            var reference = data.Dense.ReferenceForward(withBias: true);
            OnEachPair(c, (plan, pair, form, where) =>
            {
                var expected = SparseConvolutionData.Masked(reference, data.MaskY, pair.Contains(Operand.Output));
                Expect.Equal(expected, PlanRun.Forward(plan, data.Dense, form, withBias: true, data.Forward(pair, given: form != TensorForm.Plain)), $"y, {where}");
            });
        }
    }

    public sealed class BackwardData
    {
        [Fact]
        public void BackwardData_EveryPair_EqualsReference() => GeneratedCases.Check(SparseConvolutionCase.Arbitrary(), Cases, Check);

        [Theory]
        [MemberData(nameof(ConvolutionLayers.Names), MemberType = typeof(ConvolutionLayers))]
        public void BackwardData_LayersOfRealNetworks_EqualsReference(string layer) => Check(OfLayer(layer));

        private static void Check(SparseConvolutionCase c)
        {
            var data = c.Make();
            var reference = data.Dense.ReferenceBackwardData();
            OnEachPair(c, (plan, pair, form, where) =>
            {
                var expected = SparseConvolutionData.Masked(reference, data.MaskX, pair.Contains(Operand.Input));
                Expect.Equal(
                    expected, PlanRun.BackwardData(plan, data.Dense, form, data.BackwardData(pair, given: form != TensorForm.Plain)), $"dx, {where}");
            });
        }
    }

    public sealed class BackwardWeights
    {
        [Fact]
        public void BackwardWeights_EveryPair_EqualsReference() => GeneratedCases.Check(SparseConvolutionCase.Arbitrary(), Cases, Check);

        [Theory]
        [MemberData(nameof(ConvolutionLayers.Names), MemberType = typeof(ConvolutionLayers))]
        public void BackwardWeights_LayersOfRealNetworks_EqualsReference(string layer) => Check(OfLayer(layer));

        private static void Check(SparseConvolutionCase c)
        {
            var data = c.Make();
            var (dw, dbias) = data.Dense.ReferenceBackwardWeights();
            OnEachPair(c, (plan, pair, form, where) =>
            {
                var expected = SparseConvolutionData.Masked(dw, data.MaskW, pair.Contains(Operand.Weight));
                var actual = PlanRun.BackwardWeights(plan, data.Dense, form, withBias: true, data.BackwardWeights(pair, given: form != TensorForm.Plain));
                Expect.Equal(expected, actual.Dw, $"dw, {where}");
                Expect.Equal(dbias, actual.Dbias, $"dbias, {where}");
            });
        }
    }

    private static SparseConvolutionCase OfLayer(string layer) =>
        new(ConvolutionLayers.Case(layer) with { DensityX = 0.5, DensityW = 0.3, DensityDy = 0.4 }, ZeroLayout.Scattered, 0.4);

    private static void OnEachPair(SparseConvolutionCase c, Action<ConvolutionPlan, OperandPair, TensorForm, string> check) =>
        Plans.OnEach(c.Shape, (plan, where) =>
        {
            foreach (var pair in SparseConvolutionData.Pairs)
            {
                foreach (var form in TensorForms.All)
                    check(plan, pair, form, $"{pair}, {where}, {form}, zeros {c.Layout}");
            }
        });
}
