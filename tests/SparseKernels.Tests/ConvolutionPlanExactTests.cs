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
                    foreach (var blocked in (bool[])[true, false])
                        Expect.Equal(
                            expected, PlanRun.Forward(plan, data, blocked, withBias),
                            $"y, {where}, {(blocked ? "blocked" : "NCHW")}, {(withBias ? "with" : "no")} bias");
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
                foreach (var blocked in (bool[])[true, false])
                    Expect.Equal(expected, PlanRun.BackwardData(plan, data, blocked), $"dx, {where}, {(blocked ? "blocked" : "NCHW")}");
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
                foreach (var (blocked, withBias) in ((bool, bool)[])[(true, true), (false, true), (true, false), (false, false)])
                {
                    var actual = PlanRun.BackwardWeights(plan, data, blocked, withBias);
                    var form = blocked ? "blocked" : "NCHW";
                    Expect.Equal(expected.Dw, actual.Dw, $"dw, {where}, {form}, {(withBias ? "with" : "no")} dbias");
                    if (withBias) Expect.Equal(expected.Dbias, actual.Dbias, $"dbias, {where}, {form}");
                }
            });
        }
    }
}
