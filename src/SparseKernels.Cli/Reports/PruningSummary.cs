using System.Globalization;
using SparseKernels.Pruning;

namespace SparseKernels.Cli.Reports;

/// <summary>What pruning gained and cost, in a few lines.</summary>
internal static class PruningSummary
{
    /// <summary>The lines.</summary>
    /// <param name="unit">What pruned.</param>
    /// <param name="history">What the run reported.</param>
    public static IReadOnlyList<string> Lines(PruningUnit unit, RunHistory history)
    {
        var report = unit.Report;
        var lines = new List<string>
        {
            Line($"Pruned: {100 * report.Sparsity:F1} % of {report.Layers.Sum(layer => layer.Weights)} weights in {report.PruningSteps} steps of {unit.StepsTaken}; {100 * report.CoarseShare:F1} % of the zeros lie in coarse groups, which kernels jump."),
        };
        if (history.DenseStep is { } dense && history.LatestStep is { } latest)
            lines.Add(Line($"A step took {dense.TotalMilliseconds:F1} ms before the first pruning and takes {latest.TotalMilliseconds:F1} ms now: {latest / dense:F2} of it, {dense / latest:F2} times as fast."));
        var judged = history.Epochs.LastOrDefault(epoch => epoch.Pruning?.ValidationAccuracy is not null)?.Pruning?.ValidationAccuracy;
        var time = history.Epochs.Aggregate(
            TimeSpan.Zero, (sum, epoch) => sum + epoch.TrainingTime + epoch.ValidationTime + epoch.EvaluationTime);
        if (time > TimeSpan.Zero)
        {
            var validation = history.Epochs.Aggregate(TimeSpan.Zero, (sum, epoch) => sum + epoch.ValidationTime);
            lines.Add(Line($"Pruning took {100 * (unit.PruningTime / time):F2} % of the time, judging it{(judged is null ? "" : " on validation images")} {100 * (validation / time):F1} %."));
        }

        if (report.Traffic.Total > 0)
            lines.Add(Line($"Weight bytes moved for a step: {report.Traffic.Total / unit.StepsTaken} in one pass, {report.SeparateTraffic.Total / unit.StepsTaken} in separate ones: {(double)report.Traffic.Total / report.SeparateTraffic.Total:F2} of it."));
        AddSimilarity(report, lines);
        AddBalance(report, lines);
        if (history.Epochs is [.., { Pruning.Gate: { } gate }])
            lines.Add(Line($"The gate let prune {gate.Periods} times; best {(judged is null ? "" : "validation ")}accuracy {100 * gate.Best:F1} %{(judged is { } accuracy ? Line($", last {100 * accuracy:F1} %") : " of the images trained on")}."));
        return lines;
    }

    private static void AddSimilarity(PruningReport report, List<string> lines)
    {
        var possible = report.Layers.Sum(layer => layer.PairsPossible);
        if (possible == 0) return;
        var compared = report.Layers.Sum(layer => layer.PairsCompared);
        lines.Add(Line($"Similarity pruned {report.Layers.Sum(layer => layer.SimilarRunsPruned)} filters with {compared} comparisons, {100.0 * compared / possible:F2} % of those of all pairs."));
        var all = report.Layers.Sum(layer => layer.SimilarRunsOfAllPairs);
        if (all == 0) return;
        var found = report.Layers.Sum(layer => layer.SimilarRunsChecked);
        lines.Add(Line($"Comparing all pairs at the same times finds {all} filters (again each period those that stay); of these similarity found {found}, {(double)found / all:F2}."));
    }

    private static void AddBalance(PruningReport report, List<string> lines)
    {
        var known = report.Layers.Where(layer => layer.StepSeconds is not null && layer.LiveWeights < layer.Weights).ToArray();
        if (known.Length == 0) return;
        var (now, even) = (known.Sum(layer => layer.StepSeconds!.Value), known.Sum(layer => layer.EvenStepSeconds!.Value));
        lines.Add(Line($"Imbalance (most over mean) after the first pruning and now: of input channels {Mean(layer => layer.InputImbalanceAtFirst):F2} > {Mean(layer => layer.InputImbalance):F2}, of cores {Mean(layer => layer.CoreImbalanceAtFirst):F2} > {Mean(layer => layer.CoreImbalance):F2}, means by predicted time."));
        lines.Add(Line($"Pruned layers are predicted to take {1e3 * now:F2} ms of a step; with equal shares for all cores {1e3 * even:F2} ms."));

        double Mean(Func<LayerPruningReport, double> imbalance) => known.Sum(layer => layer.StepSeconds!.Value * imbalance(layer)) / now;
    }

    private static string Line(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
