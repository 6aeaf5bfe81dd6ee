using SparseKernels.Isa;
using SparseKernels.Sparsity;
using SparseKernels.Tests.Support;
using SparseKernels.TestSupport;
using SparseKernels.Threading;
using Xunit;

namespace SparseKernels.Tests;

/// <summary>Whatever the schedule, results are right; what it says about bits holds; what happened is reported.</summary>
public sealed class ConvolutionPlanScheduleTests
{
    private static readonly ConvolutionShape s_shape = new(4, 32, 10, 10, 48, 3, 3, padding: 1);

    public static TheoryData<string> Schedules => [.. new[] { KernelSchedule.Automatic, KernelSchedule.Reproducible, KernelSchedule.Dense }.Concat(OperandPair.All.Select(KernelSchedule.Forced)).Select(schedule => schedule.ToString())];

    [Theory]
    [MemberData(nameof(Schedules))]
    public void EveryPass_AnySchedule_EqualsReference(string schedule) => GeneratedCases.Check(SparseConvolutionCase.Arbitrary(), 12, c =>
    {
        var data = c.Make();
        var (dw, dbias) = data.Dense.ReferenceBackwardWeights();
        var (y, dx) = (data.Dense.ReferenceForward(withBias: true), data.Dense.ReferenceBackwardData());
        using var plan = Make(c.Shape, KernelSchedule.Parse(schedule));

        // Several calls, as the automatic schedule tries one way after another.
        for (var call = 0; call < 9; call++)
        {
            var form = TensorForms.All[call % 3];
            var where = $"{schedule}, call {call}, {c.Shape}, zeros {c.Layout}";
            foreach (var masked in (bool[])[false, true])
            {
                Expect.Equal(
                    SparseConvolutionData.Masked(y, data.MaskY, masked),
                    PlanRun.Forward(plan, data.Dense, form, withBias: true, Known(data.Forward, Operand.Output, masked)), $"y, {where}");
                Expect.Equal(
                    SparseConvolutionData.Masked(dx, data.MaskX, masked),
                    PlanRun.BackwardData(plan, data.Dense, form, Known(data.BackwardData, Operand.Input, masked)), $"dx, {where}");
                var actual = PlanRun.BackwardWeights(
                    plan, data.Dense, form, withBias: true, Known(data.BackwardWeights, Operand.Weight, masked));
                Expect.Equal(SparseConvolutionData.Masked(dw, data.MaskW, masked), actual.Dw, $"dw, {where}");
                Expect.Equal(dbias, actual.Dbias, $"dbias, {where}");
            }
        }
    });

    [Fact]
    public void EveryPass_Reproducible_GivesTheSameBitsOnAnyTopology()
    {
        var data = Floats(0.4, 0.15, 0.5);
        float[]? expected = null;
        foreach (var topology in new ComputeTopology[] { new(1, 1), new(1, 2), new(2, 1), new(1, 3) })
        {
            using var plan = Make(s_shape, KernelSchedule.Reproducible, topology);
            for (var call = 0; call < 3; call++)
            {
                var actual = PlanRun.Everything(plan, data, TensorForm.ChannelBlocked);
                expected ??= actual;
                Expect.SameBits(expected, actual, $"{topology}, call {call}");
            }
        }
    }

    [Theory]
    [InlineData("dense")]
    [InlineData("input-weight")]
    [InlineData("weight-input")]
    public void Report_ForcedSchedule_SaysThatItRan(string schedule)
    {
        using var plan = Make(s_shape, KernelSchedule.Parse(schedule));
        PlanRun.Forward(plan, Floats(0.5, 0.5, 0.5), TensorForm.ChannelBlocked, withBias: false);
        var ran = Assert.Single(plan.Report(ConvolutionPass.Forward).Candidates, candidate => candidate.Calls > 0);
        Assert.Equal(schedule, ran.Name);
        Assert.True(ran.Time > TimeSpan.Zero);
        var report = plan.Report(ConvolutionPass.Forward);
        Assert.Equal(ran.Name, report.Chosen!.Name);
        Assert.Equal((null, null, null), (report.Input, report.Weight, report.Output));
        Assert.Contains($"* {schedule}", plan.Explain(), StringComparison.Ordinal);
        Assert.Contains("Input not measured, Weight not measured, Output not measured", plan.Explain(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0.66)]
    [InlineData(0.5)]
    [InlineData(0.3)]
    public void Choices_OfAFreshPlanSetToThemselves_ChangeNoChoice(double density)
    {
        var shape = new ConvolutionShape(4, 64, 14, 14, 64, 3, 3, padding: 1);
        var data = new ConvolutionCase(shape, density, density, density, Seed: 5).Floats();
        using var plain = Make(shape, KernelSchedule.Reproducible);
        using var set = Make(shape, KernelSchedule.Reproducible);
        set.Choices = set.Choices;
        Assert.Equal(default, set.Choices);
        Assert.Equal(PlanRun.Everything(plain, data, TensorForm.ChannelBlocked), PlanRun.Everything(set, data, TensorForm.ChannelBlocked));
        Assert.Equal(plain.Choices, set.Choices);
        Assert.False(set.Choices.Forward.IsNone);
    }

    [Fact]
    public void Report_AfterCalls_HasDensitiesAndCandidates()
    {
        using var plan = Make(s_shape, KernelSchedule.Automatic);
        var data = Floats(0.3, 0.2, 0.6);
        for (var call = 0; call < 3; call++) PlanRun.Everything(plan, data, TensorForm.ChannelBlocked);
        var report = plan.Report(ConvolutionPass.BackwardData);
        Assert.Equal(3, report.Calls);
        Assert.Equal(0.2, report.Weight!.Value.Fine, 0.05);
        Assert.Equal(0.6, report.Output!.Value.Fine, 0.05);
        Assert.Equal(OperandDensity.Full, report.Input);
        Assert.NotNull(report.Chosen);
        Assert.All(
            report.Candidates.Where(candidate => candidate.Pair?.Contains(Operand.Input) == true),
            candidate => Assert.Null(candidate.Expected));
        var text = plan.Explain();
        Assert.Contains("BackwardData: 3 calls", text, StringComparison.Ordinal);
        Assert.Contains($"* {report.Chosen.Name}", text, StringComparison.Ordinal);
        plan.ResetTotals();
        Assert.Equal(0, plan.Report(ConvolutionPass.BackwardData).Calls);
    }

    [Fact]
    public void GivenDensity_IsTakenAtItsWord()
    {
        using var plan = Make(s_shape, KernelSchedule.Automatic);
        PlanRun.Forward(
            plan, Floats(1, 1, 1), TensorForm.ChannelBlocked, withBias: false, new SparseOperands { InputDensity = new OperandDensity(0.25, 0.5) });
        Assert.Equal(new OperandDensity(0.25, 0.5), plan.Report(ConvolutionPass.Forward).Input);
    }

    [Fact]
    public void SparseEnoughOperands_Reproducible_AreSkipped()
    {
        // Large enough and empty enough that no sane cost model takes the dense kernels.
        using var plan = Make(new ConvolutionShape(16, 128, 14, 14, 128, 3, 3, padding: 1), KernelSchedule.Reproducible);
        var data = new ConvolutionCase(plan.Shape, 0.02, 0.02, 0.02, Seed: 3).Floats();
        PlanRun.Everything(plan, data, TensorForm.ChannelBlocked);
        foreach (var pass in Enum.GetValues<ConvolutionPass>()) Assert.NotNull(plan.Report(pass).Chosen!.Pair);
        var choices = plan.Choices;
        using var other = Make(plan.Shape, KernelSchedule.Reproducible);
        other.Choices = choices;
        Assert.Equal(choices, other.Choices);
    }

    [Fact]
    public void Automatic_OnePlanFromSeveralThreads_IsRight()
    {
        using var plan = Make(s_shape, KernelSchedule.Automatic);
        var data = new ConvolutionCase(s_shape, 0.3, 0.3, 0.3, Seed: 11).Integers();
        var (y, dx, (dw, _)) = (data.ReferenceForward(withBias: true), data.ReferenceBackwardData(), data.ReferenceBackwardWeights());
        Parallel.For(0, 24, new ParallelOptions { MaxDegreeOfParallelism = 4 }, call =>
        {
            Expect.Equal(y, PlanRun.Forward(plan, data, call % 2 == 0 ? TensorForm.ChannelBlocked : TensorForm.Plain, withBias: true), "y");
            Expect.Equal(dx, PlanRun.BackwardData(plan, data, call % 2 == 0 ? TensorForm.ChannelBlocked : TensorForm.Plain), "dx");
            Expect.Equal(dw, PlanRun.BackwardWeights(plan, data, call % 2 == 0 ? TensorForm.ChannelBlocked : TensorForm.Plain, withBias: true).Dw, "dw");
        });
        foreach (var pass in Enum.GetValues<ConvolutionPass>()) Assert.Equal(24, plan.Report(pass).Calls);
    }

    [Fact]
    public void CalibrationOfAnotherInstructionSet_IsRefused()
    {
        var other = Enum.GetValues<InstructionSetKind>().First(isa => isa != InstructionSet.Current);
        var error = Assert.Throws<ArgumentException>(
            () => new ConvolutionPlan(s_shape, new ConvolutionOptions { Calibration = Calibration.Default(other) }));
        Assert.Contains($"calibration of {InstructionSet.NameOf(other)}", error.Message, StringComparison.Ordinal);
    }

    private static SparseOperands Known(Func<OperandPair, bool, SparseOperands> make, Operand result, bool masked)
    {
        var other = result == Operand.Weight ? Operand.Input : Operand.Weight;
        var known = make(masked ? new OperandPair(result, other) : OperandPair.All.First(pair => !pair.Contains(result)), arg2: false);
        return known with { Pair = null };
    }

    private static ConvolutionPlan Make(ConvolutionShape shape, KernelSchedule schedule, ComputeTopology? topology = null) =>
        new(shape, new ConvolutionOptions { Schedule = schedule, Topology = topology ?? ComputeTopology.Default });

    private static ConvolutionData Floats(double x, double w, double dy) => new ConvolutionCase(s_shape, x, w, dy, Seed: 9).Floats();
}
