using SparseKernels.Tests.Support;
using SparseKernels.TestSupport;
using Xunit;

namespace SparseKernels.Tests;

/// <summary>Whole numbers on every instruction set: each pass must equal the reference exactly, in both forms.</summary>
public static class ConvolutionPlanExactTests
{
    public sealed class Forward
    {
        [Fact]
        public void Forward_WholeNumbers_EqualsReference() =>
            GeneratedCases.Check(ConvolutionCase.Arbitrary(), 200, CheckForward);

        [Theory]
        [MemberData(nameof(ConvolutionLayers.Names), MemberType = typeof(ConvolutionLayers))]
        public void Forward_LayersOfRealNetworks_EqualsReference(string layer) => CheckForward(ConvolutionLayers.Case(layer));

        private static void CheckForward(ConvolutionCase c)
        {
            var data = c.Integers();
            foreach (var withBias in (bool[])[true, false])
            {
                var expected = data.ReferenceForward(withBias);
                Plans.OnEach(c.Shape, (plan, where) =>
                {
                    foreach (var form in TensorForms.All)
                        Expect.Equal(
                            expected, PlanRun.Forward(plan, data, form, withBias),
                            $"y, {where}, {form}, {(withBias ? "with" : "no")} bias");
                });
            }
        }
    }

    public sealed class BackwardData
    {
        [Fact]
        public void BackwardData_WholeNumbers_EqualsReference() =>
            GeneratedCases.Check(ConvolutionCase.Arbitrary(), 200, CheckBackwardData);

        [Theory]
        [MemberData(nameof(ConvolutionLayers.Names), MemberType = typeof(ConvolutionLayers))]
        public void BackwardData_LayersOfRealNetworks_EqualsReference(string layer) => CheckBackwardData(ConvolutionLayers.Case(layer));

        private static void CheckBackwardData(ConvolutionCase c)
        {
            var data = c.Integers();
            var expected = data.ReferenceBackwardData();
            Plans.OnEach(c.Shape, (plan, where) =>
            {
                foreach (var form in TensorForms.All)
                    Expect.Equal(expected, PlanRun.BackwardData(plan, data, form), $"dx, {where}, {form}");
            });
        }
    }

    public sealed class BackwardWeights
    {
        [Fact]
        public void BackwardWeights_WholeNumbers_EqualsReference() =>
            GeneratedCases.Check(ConvolutionCase.Arbitrary(), 200, CheckBackwardWeights);

        [Theory]
        [MemberData(nameof(ConvolutionLayers.Names), MemberType = typeof(ConvolutionLayers))]
        public void BackwardWeights_LayersOfRealNetworks_EqualsReference(string layer) =>
            CheckBackwardWeights(ConvolutionLayers.Case(layer));

        private static void CheckBackwardWeights(ConvolutionCase c)
        {
            var data = c.Integers();
            var expected = data.ReferenceBackwardWeights();
            Plans.OnEach(c.Shape, (plan, where) =>
            {
                foreach (var (form, withBias) in TensorForms.All.SelectMany(form => ((TensorForm, bool)[])[(form, true), (form, false)]))
                {
                    var actual = PlanRun.BackwardWeights(plan, data, form, withBias);
                    Expect.Equal(expected.Dw, actual.Dw, $"dw, {where}, {form}, {(withBias ? "with" : "no")} dbias");
                    if (withBias) Expect.Equal(expected.Dbias, actual.Dbias, $"dbias, {where}, {form}");
                }
            });
        }
    }
}
