using SparseKernels.Isa;
using SparseKernels.Sparsity;
using SparseKernels.Tensors;
using SparseKernels.Tests.Support;
using SparseKernels.TestSupport;
using Xunit;

namespace SparseKernels.Tests;

/// <summary>A skipped zero contributes nothing, −0 is a zero, NaN is none; new values meet the old pattern.</summary>
public static class ConvolutionPlanSparseSemanticsTests
{
    /// <summary>Two blocks of input channels and more than one tile of everything else.</summary>
    private static readonly ConvolutionShape s_shape = new(2, 32, 6, 9, 48, 3, 3, padding: 1);

    public static TheoryData<string> Isas { get; } = new(InstructionSet.Available.Select(isa => isa.ToString()));

    [Theory]
    [MemberData(nameof(Isas))]
    public static void Forward_InfinityOppositeASkippedZero_ContributesNothing(string isa)
    {
        // Channel 5 of x is zero, in one pixel as −0; its weights are infinite.
        var data = new ConvolutionCase(s_shape, 1, 1, 1, 7).Integers();
        Channel(data.X, 5, s_shape.C, s_shape.H * s_shape.W, 0);
        data.X[5 * s_shape.H * s_shape.W + 3] = -0f;
        var expected = data.ReferenceForward(withBias: true);
        var infinite = data with { W = [.. data.W] };
        Channel(infinite.W, 5, s_shape.C, s_shape.R * s_shape.S, float.PositiveInfinity);
        using var plan = Plans.Make(s_shape, Enum.Parse<InstructionSetKind>(isa));

        // Batch-blocked, zeros of x are not skipped one by one.
        foreach (var form in (TensorForm[])[TensorForm.Plain, TensorForm.ChannelBlocked])
        {
            foreach (var coarse in (Operand[])[Operand.Weight, Operand.Output])
            {
                var sparse = new SparseOperands(new OperandPair(Operand.Input, coarse)) { Output = Everything(s_shape.K, s_shape.P, s_shape.Q) };
                Expect.Equal(
                    expected, PlanRun.Forward(plan, infinite, form, withBias: true, sparse),
                    $"x fine, {coarse} coarse, {form}");
            }
        }
    }

    [Theory]
    [MemberData(nameof(Isas))]
    public static void Forward_InfinityOppositeASkippedWeight_ContributesNothing(string isa)
    {
        // The weights of channel 5 are zero, one of them −0; its pixels are infinite.
        var data = new ConvolutionCase(s_shape, 1, 1, 1, 7).Integers();
        Channel(data.W, 5, s_shape.C, s_shape.R * s_shape.S, 0);
        data.W[5 * s_shape.R * s_shape.S + 1] = -0f;
        var expected = data.ReferenceForward(withBias: true);
        var infinite = data with { X = [.. data.X] };
        Channel(infinite.X, 5, s_shape.C, s_shape.H * s_shape.W, float.NegativeInfinity);
        using var plan = Plans.Make(s_shape, Enum.Parse<InstructionSetKind>(isa));
        foreach (var form in TensorForms.All)
        {
            var sparse = new SparseOperands(new OperandPair(Operand.Weight, Operand.Input));
            Expect.Equal(expected, PlanRun.Forward(plan, infinite, form, withBias: true, sparse), $"w fine, {form}");
        }
    }

    [Theory]
    [MemberData(nameof(Isas))]
    public static void EveryPair_NaNInAnOperand_IsNoZero(string isa)
    {
        var data = new ConvolutionCase(s_shape, 0.5, 0.5, 0.5, 11).Integers();
        data.X[s_shape.H * s_shape.W + 10] = float.NaN;
        data.W[s_shape.R * s_shape.S + 4] = 3;
        data.Dy[2 * s_shape.P * s_shape.Q + 10] = float.NaN;
        using var plan = Plans.Make(s_shape, Enum.Parse<InstructionSetKind>(isa));
        foreach (var pair in SparseConvolutionData.Pairs)
        {
            var everything = new SparseOperands(pair)
            {
                Input = Everything(s_shape.C, s_shape.H, s_shape.W),
                Output = Everything(s_shape.K, s_shape.P, s_shape.Q),
            };
            var all = WeightPattern.FromMask(s_shape, [.. Enumerable.Repeat(true, s_shape.WeightLength)]);
            Assert.Contains(PlanRun.Forward(plan, data, TensorForm.ChannelBlocked, withBias: false, everything), float.IsNaN);
            Assert.Contains(PlanRun.BackwardData(plan, data, TensorForm.ChannelBlocked, everything), float.IsNaN);
            Assert.Contains(
                PlanRun.BackwardWeights(plan, data, TensorForm.ChannelBlocked, withBias: false, everything with { Weight = all }).Dw, float.IsNaN);
        }
    }

    [Theory]
    [MemberData(nameof(Isas))]
    public static void EveryPair_InfinityBesideLanesPastTheLastChannel_LeavesThemZero(string isa)
    {
        // 19 channels on both sides: 13 lanes of the last block are none, and their weights are zeros. PlanRun looks at those lanes.
        var shape = new ConvolutionShape(2, 19, 4, 5, 19, 3, 3, padding: 1);
        var data = new ConvolutionCase(shape, 0.8, 0.8, 0.8, 5).Integers();
        data.X[7] = float.PositiveInfinity;
        data.Dy[11] = float.NegativeInfinity;
        FineMask input = new(shape.N, shape.C, shape.H, shape.W), output = new(shape.N, shape.K, shape.P, shape.Q);
        input.Fill(true);
        output.Fill(true);
        using var plan = Plans.Make(shape, Enum.Parse<InstructionSetKind>(isa));
        foreach (var pair in SparseConvolutionData.Pairs)
        {
            // Without a mask where none is needed: applying one would clear those lanes.
            var forward = new SparseOperands(pair) { Output = pair.Contains(Operand.Output) ? output : null };
            var backward = new SparseOperands(pair) { Input = pair.Contains(Operand.Input) ? input : null };
            Assert.Contains(PlanRun.Forward(plan, data, TensorForm.ChannelBlocked, withBias: false, forward), value => !float.IsFinite(value));
            Assert.Contains(PlanRun.BackwardData(plan, data, TensorForm.ChannelBlocked, backward), value => !float.IsFinite(value));
        }
    }

    [Theory]
    [MemberData(nameof(Isas))]
    public static void UpdateValues_SameZeros_GivesWhatUpdateGives(string isa)
    {
        var before = new ConvolutionCase(s_shape, 0.5, 0.3, 0.5, 3).Integers();
        var after = before with { W = Array.ConvertAll(before.W, value => 2 * value) };
        var (expectedY, expectedDx) = (after.ReferenceForward(withBias: false), after.ReferenceBackwardData());
        using var plan = Plans.Make(s_shape, Enum.Parse<InstructionSetKind>(isa));
        using BlockedTensor x = plan.CreateInput(), y = plan.CreateOutput(), dx = plan.CreateInput(), dy = plan.CreateOutput();
        using var w = plan.CreatePackedWeights();
        x.CopyFromNchw(before.X);
        dy.CopyFromNchw(before.Dy);
        foreach (var pair in SparseConvolutionData.Pairs)
        {
            var sparse = new SparseOperands(pair) { Input = Everything(s_shape.C, s_shape.H, s_shape.W), Output = Everything(s_shape.K, s_shape.P, s_shape.Q) };
            w.Update(before.W);
            plan.Forward(x, w, [], y, sparse);
            plan.BackwardData(dy, w, dx, sparse);
            w.UpdateValues(after.W);
            plan.Forward(x, w, [], y, sparse);
            plan.BackwardData(dy, w, dx, sparse);
            float[] plainY = new float[s_shape.OutputLength], plainDx = new float[s_shape.InputLength];
            y.CopyToNchw(plainY);
            dx.CopyToNchw(plainDx);
            Expect.Equal(expectedY, plainY, $"y, {pair}");
            Expect.Equal(expectedDx, plainDx, $"dx, {pair}");
        }
    }

    [Theory]
    [MemberData(nameof(Isas))]
    public static void EveryPair_ResultNotCleared_IsRightWhereItIsWanted(string isa)
    {
        var data = new ConvolutionCase(s_shape, 0.5, 0.5, 0.5, 19).Integers();
        var (expectedY, expectedDx) = (data.ReferenceForward(withBias: true), data.ReferenceBackwardData());
        FineMask input = new(s_shape.N, s_shape.C, s_shape.H, s_shape.W), output = new(s_shape.N, s_shape.K, s_shape.P, s_shape.Q);
        input.Update(RandomTensor.Integers(s_shape.InputLength, seed: 20, density: 0.4));
        output.Update(RandomTensor.Integers(s_shape.OutputLength, seed: 21, density: 0.4));
        using var plan = Plans.Make(s_shape, Enum.Parse<InstructionSetKind>(isa));
        foreach (var form in TensorForms.All)
        {
            foreach (var pair in SparseConvolutionData.Pairs)
            {
                var sparse = new SparseOperands(pair) { Input = input, Output = output, ClearsResult = false };
                Expect.Equal(
                    Wanted(expectedY, output), Wanted(PlanRun.Forward(plan, data, form, withBias: true, sparse), output),
                    $"y, {pair}, {form}");
                Expect.Equal(
                    Wanted(expectedDx, input), Wanted(PlanRun.BackwardData(plan, data, form, sparse), input),
                    $"dx, {pair}, {form}");
            }
        }
    }

    [Fact]
    public static void Dense_ResultNotCleared_IsLeftAsItIs()
    {
        var data = new ConvolutionCase(s_shape, 1, 1, 1, 23).Integers();
        FineMask input = new(s_shape.N, s_shape.C, s_shape.H, s_shape.W), output = new(s_shape.N, s_shape.K, s_shape.P, s_shape.Q);
        using var plan = new ConvolutionPlan(s_shape, new ConvolutionOptions { Schedule = KernelSchedule.Dense });
        foreach (var form in TensorForms.All)
        {
            var kept = new SparseOperands { Input = input, Output = output, ClearsResult = false };
            Expect.Equal(
                data.ReferenceForward(withBias: true), PlanRun.Forward(plan, data, form, withBias: true, kept), $"y, {form}");
            Expect.Equal(data.ReferenceBackwardData(), PlanRun.BackwardData(plan, data, form, kept), $"dx, {form}");
            Assert.All(
                PlanRun.Forward(plan, data, form, withBias: true, kept with { ClearsResult = true }), value => Assert.Equal(0, value));
        }
    }

    [Fact]
    public static void Explain_AnyShape_NamesAKernelOrAReasonForEveryCell()
    {
        using var plan = new ConvolutionPlan(s_shape);
        var cells = plan.Explain().Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries)[1..];
        Assert.Equal(54, cells.Length);
        Assert.All(cells, cell => Assert.Matches(@"(Blocked|Planar) \w+, \w+ fine, \w+ coarse: (\w*(spmm|sddmm|lists)_\w+|dense \(.+\))", cell));
        Assert.All(cells[..18], cell => Assert.DoesNotContain("dense", cell));
        Assert.All(cells[18..36], cell => Assert.Equal(!cell.Contains("Weight fine"), cell.Contains("dense (batch-blocked")));
        Assert.All(
            cells[36..],
            cell => Assert.Equal(!cell.Contains("Weight fine") || cell.Contains("BackwardWeights"), cell.Contains("dense (planar")));

        using var fewOutputs = new ConvolutionPlan(new ConvolutionShape(1, 16, 5, 5, 4, 3, 3));
        Assert.Contains("Forward, Input fine, Weight coarse: dense (4 output channels", fewOutputs.Explain());

        using var depthwise = new ConvolutionPlan(new ConvolutionShape(1, 8, 5, 5, 8, 3, 3, groups: 8));
        Assert.Contains("dense (depthwise", depthwise.Explain());
    }

    private static void Channel(float[] values, int channel, int channels, int plane, float value)
    {
        for (var first = channel * plane; first < values.Length; first += channels * plane) values.AsSpan(first, plane).Fill(value);
    }

    private static float[] Wanted(float[] values, FineMask mask)
    {
        var wanted = new float[values.Length];
        for (var i = 0; i < values.Length; i++)
        {
            var (image, c) = Math.DivRem(i / (mask.H * mask.W), mask.C);
            if (mask[image, c, i / mask.W % mask.H, i % mask.W]) wanted[i] = values[i];
        }

        return wanted;
    }

    private static FineMask Everything(int c, int h, int w)
    {
        var mask = new FineMask(s_shape.N, c, h, w);
        mask.Fill(true);
        return mask;
    }
}
