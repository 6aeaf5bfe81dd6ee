using System.Globalization;
using System.Text;
using SparseKernels.Diagnostics;
using SparseKernels.Isa;
using SparseKernels.Scheduling.Choice;

namespace SparseKernels;

// What the plan chose, why, and what came of it.
public sealed partial class ConvolutionPlan
{
    /// <summary>
    /// The last choice of each pass; none before any. The scheduler holds on to a choice that is nearly as good as the best, so who repeats
    /// calls bit for bit under <see cref="KernelSchedule.Reproducible"/>, as a training run that goes on from a checkpoint, sets what was
    /// read there before.
    /// </summary>
    /// <exception cref="ObjectDisposedException">The plan is disposed.</exception>
    public PlanChoices Choices
    {
        get
        {
            using var passes = _passes.Enter();
            var last = passes.Of(_lastLayout);
            return new(
                last.Forward.Scheduler.Last, last.BackwardData.Scheduler.Last, last.BackwardWeights.Scheduler.Last, _lastLayout);
        }

        set
        {
            using var passes = _passes.Enter();
            var last = passes.Of(_lastLayout = value.Layout);
            last.Forward.Scheduler.Last = value.Forward;
            last.BackwardData.Scheduler.Last = value.BackwardData;
            last.BackwardWeights.Scheduler.Last = value.BackwardWeights;
        }
    }

    /// <summary>
    /// The layout in which all passes that ran so far are predicted to take least time in sum, with the densities of their last calls; what it
    /// costs to convert tensors is not in it. Channel-blocked before any call whose kernels were chosen by the schedule.
    /// </summary>
    /// <exception cref="ObjectDisposedException">The plan is disposed.</exception>
    public BlockedLayout PreferredLayout
    {
        get
        {
            // The first of equals: channel-blocked, where nothing was predicted.
            return Enum.GetValues<BlockedLayout>().MinBy(PredictedSeconds);
        }
    }

    /// <summary>
    /// What the passes that ran so far are predicted to take in sum at another density of the weights, each by the way predicted fastest,
    /// the other operands being as dense as in its last call. BackwardWeights takes it for the density of the gradient's mask.
    /// </summary>
    /// <param name="weights">The density.</param>
    /// <returns>Seconds; 0 before any call whose kernels were chosen by the schedule.</returns>
    /// <exception cref="ObjectDisposedException">The plan is disposed.</exception>
    public double PredictedSeconds(OperandDensity weights) => PredictedSeconds(_lastLayout, weights);

    /// <summary>How calls of a pass ran so far, and how the last one was chosen, in the layout of the plan's last call.</summary>
    /// <param name="pass">The pass.</param>
    /// <returns>A snapshot.</returns>
    /// <exception cref="ArgumentOutOfRangeException">There is no such pass.</exception>
    /// <exception cref="ObjectDisposedException">The plan is disposed.</exception>
    public PassReport Report(ConvolutionPass pass) => Report(pass, _lastLayout);

    /// <summary>The same for calls whose tensors are of one layout.</summary>
    /// <param name="pass">The pass.</param>
    /// <param name="layout">The layout; plain tensors count as channel-blocked.</param>
    /// <returns>A snapshot.</returns>
    /// <exception cref="ArgumentOutOfRangeException">There is no such pass or layout.</exception>
    /// <exception cref="ObjectDisposedException">The plan is disposed.</exception>
    public PassReport Report(ConvolutionPass pass, BlockedLayout layout)
    {
        if (!Enum.IsDefined(layout)) throw new ArgumentOutOfRangeException(nameof(layout), layout, "not a layout.");
        return SchedulerOf(pass, layout).Report();
    }

    /// <summary>Starts the calls, times and savings of all reports from zero; what the scheduler learnt stays.</summary>
    /// <exception cref="ObjectDisposedException">The plan is disposed.</exception>
    public void ResetTotals()
    {
        foreach (var layout in Enum.GetValues<BlockedLayout>())
        {
            foreach (var pass in Enum.GetValues<ConvolutionPass>()) SchedulerOf(pass, layout).ResetTotals();
        }
    }

    /// <summary>
    /// How each pass ran and was last chosen, with densities, predicted and seen times, and which kernels serve each pair of operands for
    /// this shape, or why the dense ones do.
    /// </summary>
    /// <returns>Lines of text.</returns>
    /// <exception cref="ObjectDisposedException">The plan is disposed.</exception>
    public string Explain()
    {
        var text = new StringBuilder().AppendLine(
            CultureInfo.InvariantCulture, $"{Shape}, {InstructionSet.NameOf(Options.InstructionSet)}, {Options.Topology.Threads} thread(s), schedule {Options.Schedule}");
        using var passes = _passes.Enter();
        foreach (var layout in Enum.GetValues<BlockedLayout>())
        {
            foreach (var pass in Enum.GetValues<ConvolutionPass>())
            {
                foreach (var pair in OperandPair.All)
                {
                    var (kernels, whyDense) = passes.Of(layout).KernelsOf(pass, pair);
                    text.AppendLine(CultureInfo.InvariantCulture, $"{layout} {pass}, {pair.Fine} fine, {pair.Coarse} coarse: {(kernels is null ? $"dense ({whyDense})" : string.Join(", ", kernels))}");
                }
            }
        }

        foreach (var layout in Enum.GetValues<BlockedLayout>())
        {
            foreach (var pass in Enum.GetValues<ConvolutionPass>()) Explain(text, Report(pass, layout));
        }

        return text.ToString();
    }

    private static void Explain(StringBuilder text, PassReport report)
    {
        if (report.Calls == 0) return;
        text.AppendLine(
            CultureInfo.InvariantCulture,
            $"{report.Layout} {report.Pass}: {report.Calls} calls; density fine/coarse of Input {Percent(report.Input)}, Weight {Percent(report.Weight)}, Output {Percent(report.Output)}");
        foreach (var candidate in report.Candidates)
        {
            if (candidate.Calls == 0 && candidate.Expected is null) continue;
            text.AppendLine(
                CultureInfo.InvariantCulture,
                $"  {(candidate.IsChosen ? '*' : ' ')} {candidate.Name,-14} predicted {Time(candidate.Predicted)}, expected {Time(candidate.Expected)}, last {Time(candidate.Calls == 0 ? null : candidate.LastTime)}, {candidate.Calls} calls, saved {candidate.Saved.TotalMilliseconds:F2} ms");
        }

        static string Time(TimeSpan? time) =>
            time is { } known ? string.Create(CultureInfo.InvariantCulture, $"{known.TotalMilliseconds:F3} ms") : "-";

        static string Percent(OperandDensity? density) => density is { } known
            ? string.Create(CultureInfo.InvariantCulture, $"{100 * known.Fine:F1}/{100 * known.Coarse:F1} %")
            : "not measured";
    }

    /// <summary>
    /// From now on calls are chosen for by what they have to do alone, so that under <see cref="KernelSchedule.Reproducible"/> a call gives the
    /// same bits whatever ran before it or runs beside it on other threads.
    /// </summary>
    internal void ForgetCalls()
    {
        foreach (var layout in Enum.GetValues<BlockedLayout>())
        {
            foreach (var pass in Enum.GetValues<ConvolutionPass>()) SchedulerOf(pass, layout).IsForgetful = true;
        }
    }

    internal PassScheduler SchedulerOf(ConvolutionPass pass, BlockedLayout layout = BlockedLayout.ChannelBlocked)
    {
        using var passes = _passes.Enter();
        return passes.Of(layout).SchedulerOf(pass);
    }

    /// <summary>
    /// The seconds that the passes' last calls are predicted to take in a layout, each by the candidate predicted fastest; 0 before any whose
    /// kernels were chosen.
    /// </summary>
    internal double PredictedSeconds(BlockedLayout layout) => PredictedSeconds(layout, null);

    /// <summary>The same of one pass.</summary>
    internal double PredictedSeconds(ConvolutionPass pass, BlockedLayout layout) => PredictedSeconds(pass, layout, null);

    private double PredictedSeconds(BlockedLayout layout, OperandDensity? weights)
    {
        var seconds = 0.0;
        foreach (var pass in (ReadOnlySpan<ConvolutionPass>)[ConvolutionPass.Forward, ConvolutionPass.BackwardData, ConvolutionPass.BackwardWeights])
            seconds += PredictedSeconds(pass, layout, weights);
        return seconds;
    }

    private double PredictedSeconds(ConvolutionPass pass, BlockedLayout layout, OperandDensity? weights)
    {
        var last = SchedulerOf(pass, _lastLayout);
        if (last.LastWork is not { } work) return 0;
        if (weights is { } density) work = work with { Weight = density };
        return SchedulerOf(pass, layout).LeastSeconds(in work, hasMask: weights is not null && last.LastHadMask);
    }
}
