using SparseKernels.Geometry;
using SparseKernels.Isa;
using SparseKernels.Memory;
using SparseKernels.Sparsity;
using SparseKernels.Tests.Support;
using SparseKernels.TestSupport;
using Xunit;

namespace SparseKernels.Tests;

/// <summary>Strides, padding and dilation that reach far past the image: taps and borders that read nothing cost nothing.</summary>
public static class ConvolutionPlanFarTests
{
    private static readonly ConvolutionShape[] s_shapes =
    [
        new(2, 3, 5, 6, 17, 3, 3, stride: int.MaxValue),
        new(2, 16, 5, 6, 16, 1, 3, stride: new(int.MaxValue, 1)),
        new(1, 4, 8, 8, 8, 3, 3, padding: 40_000, dilation: 40_000),
        new(2, 16, 8, 8, 16, 3, 3, padding: 1_000, dilation: 1_000),
        new(17, 8, 8, 8, 4, 3, 3, padding: 1_000, dilation: 1_000),
        new(2, 20, 8, 8, 20, 3, 3, padding: 1_000, dilation: 1_000, groups: 20),
        new(1, 6, 8, 8, 20, 3, 3, stride: 50_000, padding: 50_000),
        new(1, 5, 8, 8, 5, 3, 3, stride: 50_000, padding: 50_000, groups: 5),
        new(2, 16, 14, 14, 16, 3, 3, padding: 24, dilation: 24),
        new(1, 16, 9, 9, 16, 3, 3, padding: 6, dilation: 6),
        new(3, 18, 4, 4, 20, 3, 3, padding: new Padding2D(3, 9, 0, 9), dilation: new(3, 5), groups: 2),
        new(1, 2, 1, 1, 3, 2, 2, padding: 1, dilation: 2),
        new(2, 2, 100, 90, 3, 1, 2, stride: 80),
        new(1, 1, 1, 1, 1, 1, 1, stride: int.MaxValue, padding: int.MaxValue / 2 - 1, dilation: int.MaxValue),
    ];

    public static TheoryData<string, int> Cases { get; } = Plans.CasesOf(s_shapes);

    [Theory]
    [MemberData(nameof(Cases))]
    public static void EveryPass_FarReach_EqualsReferenceInLittleMemory(string isa, int index)
    {
        const long FixedMegabytes = 4;
        var shape = s_shapes[index];
        var data = new SparseConvolutionCase(new ConvolutionCase(shape, 0.6, 0.6, 0.6, index + 1), ZeroLayout.Scattered, 0.6).Make();
        var (y, dx, dw) = (data.Dense.ReferenceForward(withBias: true), data.Dense.ReferenceBackwardData(), data.Dense.ReferenceBackwardWeights().Dw);
        var before = NativeBytes.AllocatedByThisThread;
        using (var plan = Plans.Make(shape, Enum.Parse<InstructionSetKind>(isa)))
        {
            foreach (var form in TensorForms.All)
            {
                Expect.Equal(y, PlanRun.Forward(plan, data.Dense, form, withBias: true), $"y, dense, {form}");
                Expect.Equal(dx, PlanRun.BackwardData(plan, data.Dense, form), $"dx, dense, {form}");
                Expect.Equal(dw, PlanRun.BackwardWeights(plan, data.Dense, form, withBias: false).Dw, $"dw, dense, {form}");
                foreach (var pair in SparseConvolutionData.Pairs)
                {
                    PlanRun.ExpectTapPasses(plan, data, pair, form, y, dx);
                    Expect.Equal(
                        SparseConvolutionData.Masked(dw, data.MaskW, pair.Contains(Operand.Weight)),
                        PlanRun.BackwardWeights(plan, data.Dense, form, false, data.BackwardWeights(pair, given: true)).Dw, $"dw, {pair}, {form}");
                }
            }
        }

        var allocated = NativeBytes.AllocatedByThisThread - before;
        var perCall = shape.InputLength + shape.OutputLength + shape.WeightLength;
        // A single image takes all 16 lanes of a batch-blocked tensor, and it has a border.
        Assert.InRange(allocated, 0, (FixedMegabytes << 20) + 1_300L * sizeof(float) * perCall);
    }

    [Fact]
    public static void ReproducibleAndAutomatic_FarReach_EqualReference()
    {
        foreach (var shape in s_shapes)
        {
            var data = new ConvolutionCase(shape, 0.4, 0.4, 0.4, 5).Integers();
            foreach (var schedule in (KernelSchedule[])[KernelSchedule.Automatic, KernelSchedule.Reproducible])
            {
                using var plan = new ConvolutionPlan(shape, new ConvolutionOptions { Schedule = schedule });
                var input = new FineMask(shape.N, shape.C, shape.H, shape.W);
                input.Fill(true);
                Expect.Equal(data.ReferenceForward(true), PlanRun.Forward(plan, data, TensorForm.ChannelBlocked, withBias: true), $"y, {shape}");
                Expect.Equal(
                    data.ReferenceBackwardData(), PlanRun.BackwardData(plan, data, TensorForm.ChannelBlocked, new SparseOperands { Input = input }), $"dx, {shape}");
                Expect.Equal(data.ReferenceBackwardWeights().Dw, PlanRun.BackwardWeights(plan, data, TensorForm.ChannelBlocked, false).Dw, $"dw, {shape}");
                Assert.Contains("Forward", plan.Explain());
            }
        }
    }

    [Fact]
    public static void Geometry_DilationThatLeavesTheImage_KeepsTheTapsThatReadIt()
    {
        var shape = new ConvolutionShape(1, 16, 14, 14, 16, 3, 3, padding: 24, dilation: 24);
        var forward = TapGeometry.Forward(shape);
        Assert.Equal((1, 1), (forward.TapCount, TapGeometry.BackwardData(shape).TapCount));
        Assert.Equal((0, 0, false, false), (forward.MinDh, forward.MaxDw, forward.IsScattered, forward.ReadsPadding));
        Assert.True(TapGeometry.Forward(new ConvolutionShape(1, 6, 8, 8, 20, 3, 3, stride: 50_000, padding: 50_000)).IsScattered);
    }
}
