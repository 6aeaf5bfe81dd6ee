using System.Diagnostics;
using SparseKernels.Diagnostics;
using SparseKernels.Passes.Frame;
using SparseKernels.Scheduling.Choice;
using SparseKernels.Scheduling.Cost;
using Xunit;

namespace SparseKernels.Tests.Scheduling.Choice;

public sealed class PassSchedulerTests
{
    private static readonly OperandPair s_inputWeight = new(Operand.Input, Operand.Weight);
    private static readonly OperandPair s_outputInput = new(Operand.Output, Operand.Input);

    [Fact]
    public void Choose_NoMask_NeverSkipsTheResult()
    {
        var scheduler = new PassScheduler(
            ConvolutionPass.Forward, KernelSchedule.Reproducible, new Model { [s_outputInput] = 0.25, [s_inputWeight] = 0.5 });
        Assert.Equal(s_inputWeight, scheduler.Choose(Work(), hasMask: false).Pair);
        Assert.Equal(s_outputInput, scheduler.Choose(Work(), hasMask: true).Pair);
        Assert.Equal(s_inputWeight, scheduler.Choose(Work(), hasMask: false).Pair);
    }

    [Fact]
    public void Choose_Excluded_IsNotChosenAgain()
    {
        var scheduler = new PassScheduler(ConvolutionPass.Forward, KernelSchedule.Automatic, new Model { [s_inputWeight] = 0.5 });
        var decision = scheduler.Choose(Work(), hasMask: false);
        scheduler.Exclude(in decision, "no kernel");
        Assert.Null(scheduler.Choose(Work(), hasMask: false).Pair);
        Assert.Equal("no kernel", scheduler.Report().Candidates.Single(candidate => candidate.Pair == s_inputWeight).WhyNot);
    }

    [Fact]
    public void Choose_AutomaticAndTimesContradictPrediction_LearnsTheFaster()
    {
        var scheduler = new PassScheduler(ConvolutionPass.Forward, KernelSchedule.Automatic, new Model { [s_inputWeight] = 0.8 });
        var dense = 0;
        for (var call = 0; call < 20; call++) dense += Call(scheduler, seconds: pair => pair is null ? 1 : 2) is null ? 1 : 0;

        // Its first call warms up, the second is seen, and what it took leaves no doubt.
        Assert.Equal(18, dense);
        Assert.Equal(PassChoice.Dense, scheduler.Last);
    }

    [Fact]
    public void Choose_AutomaticAndNoise_DoesNotFlap()
    {
        var scheduler = new PassScheduler(ConvolutionPass.Forward, KernelSchedule.Automatic, new Model { [s_inputWeight] = 0.5 });
        var random = new Random(1);
        for (var call = 0; call < 10; call++) Call(scheduler, pair => pair is null ? 1 : 0.5);
        for (var call = 0; call < 100; call++)
            Assert.Equal(s_inputWeight, Call(scheduler, pair => (pair is null ? 1 : 0.5) * (random.Next(8) == 0 ? 5 : 1)));
    }

    [Fact]
    public void Choose_DenseSeenOnABusyMachineAlone_IsCheckedLater()
    {
        // Skipping is predicted to be a tenth slower than dense, and is, but dense ran while all took twice as long.
        var scheduler = new PassScheduler(ConvolutionPass.Forward, KernelSchedule.Automatic, new Model { [s_inputWeight] = 1.1 });
        var calls = new List<OperandPair?>();
        for (var call = 0; call < 200; call++) calls.Add(Call(scheduler, pair => (pair is null ? 1 : 1.1) * (call < 3 ? 2 : 1)));
        Assert.Equal(s_inputWeight, calls[20]);
        Assert.All(calls[100..], Assert.Null);
    }

    [Theory]
    [InlineData(0.95, 0)]
    [InlineData(0.85, 1)]
    public void Choose_SeenToBeFasterThanPredicted_LeavesDenseForAClearGainAlone(double seconds, int skips)
    {
        var scheduler = new PassScheduler(ConvolutionPass.Forward, KernelSchedule.Automatic, new Model { [s_inputWeight] = 1.1 });
        for (var call = 0; call < 10; call++) Call(scheduler, pair => pair is null ? 1 : seconds);
        Assert.Equal(skips, Call(scheduler, pair => pair is null ? 1 : seconds) is null ? 0 : 1);
    }

    [Fact]
    public void Choose_Reproducible_IgnoresTimes()
    {
        var scheduler = new PassScheduler(ConvolutionPass.Forward, KernelSchedule.Reproducible, new Model { [s_inputWeight] = 0.8 });
        for (var call = 0; call < 10; call++) Assert.Equal(s_inputWeight, Call(scheduler, pair => pair is null ? 1 : 50));
    }

    [Theory]
    [InlineData(0.95, false)]
    [InlineData(0.9, true)]
    public void Choose_Reproducible_LeavesDenseForAClearGainAlone(double predicted, bool skips) =>
        Assert.Equal(skips, new PassScheduler(ConvolutionPass.Forward, KernelSchedule.Reproducible, new Model { [s_inputWeight] = predicted }).Choose(Work(), hasMask: false).Pair is not null);

    [Fact]
    public void Last_Set_IsHeldOnTo()
    {
        var model = new Model { [s_inputWeight] = 0.9 };
        var fresh = new PassScheduler(ConvolutionPass.Forward, KernelSchedule.Reproducible, model);
        Assert.Equal(s_inputWeight, fresh.Choose(Work(), hasMask: false).Pair);
        var resumed = new PassScheduler(ConvolutionPass.Forward, KernelSchedule.Reproducible, model) { Last = PassChoice.Dense };
        Assert.Null(resumed.Choose(Work(), hasMask: false).Pair);
    }

    [Fact]
    public void Last_BeforeAnyCallSetToItself_ChangesNoChoice()
    {
        var model = new Model { [s_inputWeight] = 0.9 };
        var scheduler = new PassScheduler(ConvolutionPass.Forward, KernelSchedule.Reproducible, model);
        Assert.True(scheduler.Last.IsNone);
        scheduler.Last = scheduler.Last;
        Assert.Equal(s_inputWeight, scheduler.Choose(Work(), hasMask: false).Pair);
    }

    [Fact]
    public void Report_CallThatWasForced_SaysWhatRanAndForgetsWhatWasMeasuredBefore()
    {
        var model = new Model { [s_inputWeight] = 0.25 };
        var scheduler = new PassScheduler(ConvolutionPass.Forward, KernelSchedule.Reproducible, model);
        var chosen = scheduler.Choose(Work(), hasMask: true);
        scheduler.Observe(in chosen, Stopwatch.Frequency / 2);
        var forced = scheduler.Force(null);
        scheduler.Observe(in forced, Stopwatch.Frequency);
        var report = scheduler.Report();
        Assert.Equal("dense", report.Chosen!.Name);
        Assert.Null(report.Input);
        Assert.All(report.Candidates, candidate => Assert.Null(candidate.Predicted));

        // What was chosen before still holds.
        Assert.Equal(PassChoice.Of(s_inputWeight), scheduler.Last);
    }

    [Fact]
    public void Report_SomeCalls_SumsTimesAndSavings()
    {
        var scheduler = new PassScheduler(
            ConvolutionPass.BackwardWeights, KernelSchedule.Reproducible, new Model { [s_inputWeight] = 0.25 });
        for (var call = 0; call < 4; call++)
        {
            var decision = scheduler.Choose(Work(), hasMask: true);
            scheduler.Observe(in decision, Stopwatch.Frequency / 2);
        }

        var report = scheduler.Report();
        Assert.Equal(4, report.Calls);
        Assert.Equal(2, report.Time.TotalSeconds, 6);

        // The first call counts with its prediction, 0.25 instead of 1 s; the others take twice theirs.
        Assert.Equal(0.75 + (3 * 1.5), report.Saved.TotalSeconds, 6);
        Assert.Equal("input-weight", report.Chosen!.Name);
        Assert.Equal(0.5, report.Input?.Fine);
        scheduler.ResetTotals();
        Assert.Equal((0, TimeSpan.Zero, TimeSpan.Zero), (scheduler.Report().Calls, scheduler.Report().Time, scheduler.Report().Saved));
        Assert.Equal(PassChoice.Of(s_inputWeight), scheduler.Last);
    }

    [Fact]
    public void Report_DenseSeenToBeSlowerThanPredicted_SavesMore()
    {
        var model = new Model { [s_inputWeight] = 2 };
        var scheduler = new PassScheduler(ConvolutionPass.Forward, KernelSchedule.Reproducible, model);
        for (var call = 0; call < 3; call++) Assert.Null(Call(scheduler, _ => 3));
        model[s_inputWeight] = 0.5;
        for (var call = 0; call < 3; call++) Assert.Equal(s_inputWeight, Call(scheduler, _ => 1));

        // Dense takes 3 times its prediction. The first call counts with its own, 0.5 instead of 3 s, the second is as many times as fast; then
        // calls turn out to take twice theirs.
        Assert.Equal(2.5 + 5 + 2, scheduler.Report().Saved.TotalSeconds, 6);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Choose_Forgetful_GoesByTheCallAlone(bool forgetful)
    {
        var other = new OperandPair(Operand.Weight, Operand.Input);
        var model = new Model { [s_inputWeight] = 0.5, [other] = 0.8 };
        var scheduler = new PassScheduler(ConvolutionPass.Forward, KernelSchedule.Reproducible, model) { IsForgetful = forgetful };
        Assert.Equal(s_inputWeight, scheduler.Choose(Work(), hasMask: false).Pair);
        (model[s_inputWeight], model[other]) = (0.80, 0.79);
        Assert.Equal(forgetful ? other : s_inputWeight, scheduler.Choose(Work(), hasMask: false).Pair);
        model.OfPacking = 1;
        Assert.Equal(forgetful ? other : null, scheduler.Choose(Work() with { PacksWeights = true }, hasMask: false).Pair);
    }

    private static OperandPair? Call(PassScheduler scheduler, Func<OperandPair?, double> seconds)
    {
        var decision = scheduler.Choose(Work(), hasMask: false);
        scheduler.Observe(in decision, (long)(seconds(decision.Pair) * Stopwatch.Frequency));
        return decision.Pair;
    }

    private static PassWork Work() =>
        new(new ConvolutionShape(1, 16, 8, 8, 16, 3, 3), 1, new(0.5), new(0.25), OperandDensity.Full, PacksWeights: false);

    /// <summary>A second for the dense kernels, what a test says for its pairs, ten for all others.</summary>
    private sealed class Model : Dictionary<OperandPair, double>, ICostModel
    {
        /// <summary>What packing weights adds for every pair.</summary>
        public double OfPacking { get; set; }

        public double Seconds(Candidate candidate, in PassWork work) =>
            candidate.Pair is { } pair ? this.GetValueOrDefault(pair, 10) + (work.PacksWeights ? OfPacking : 0) : 1;
    }
}
