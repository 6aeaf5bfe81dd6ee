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
        get =>
            new(
                SchedulerOf(ConvolutionPass.Forward).Last, SchedulerOf(ConvolutionPass.BackwardData).Last,
                SchedulerOf(ConvolutionPass.BackwardWeights).Last);
        set
        {
            SchedulerOf(ConvolutionPass.Forward).Last = value.Forward;
            SchedulerOf(ConvolutionPass.BackwardData).Last = value.BackwardData;
            SchedulerOf(ConvolutionPass.BackwardWeights).Last = value.BackwardWeights;
        }
    }

    /// <summary>How calls of a pass ran so far, and how the last one was chosen.</summary>
    /// <param name="pass">The pass.</param>
    /// <returns>A snapshot.</returns>
    /// <exception cref="ArgumentOutOfRangeException">There is no such pass.</exception>
    /// <exception cref="ObjectDisposedException">The plan is disposed.</exception>
    public PassReport Report(ConvolutionPass pass) => SchedulerOf(pass).Report();

    /// <summary>Starts the calls, times and savings of all reports from zero; what the scheduler learnt stays.</summary>
    /// <exception cref="ObjectDisposedException">The plan is disposed.</exception>
    public void ResetTotals()
    {
        foreach (var pass in Enum.GetValues<ConvolutionPass>()) SchedulerOf(pass).ResetTotals();
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
        foreach (var pass in Enum.GetValues<ConvolutionPass>())
        {
            foreach (var pair in OperandPair.All)
            {
                var (kernels, whyDense) = passes.KernelsOf(pass, pair);
                text.AppendLine(CultureInfo.InvariantCulture, $"{pass}, {pair.Fine} fine, {pair.Coarse} coarse: {(kernels is null ? $"dense ({whyDense})" : string.Join(", ", kernels))}");
            }
        }

        foreach (var pass in Enum.GetValues<ConvolutionPass>()) Explain(text, Report(pass));
        return text.ToString();
    }

    private static void Explain(StringBuilder text, PassReport report)
    {
        if (report.Calls == 0) return;
        text.AppendLine(
            CultureInfo.InvariantCulture,
            $"{report.Pass}: {report.Calls} calls; density fine/coarse of Input {Percent(report.Input)}, Weight {Percent(report.Weight)}, Output {Percent(report.Output)}");
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

    internal PassScheduler SchedulerOf(ConvolutionPass pass)
    {
        using var passes = _passes.Enter();
        return passes.SchedulerOf(pass);
    }
}
