using SparseKernels.Bench.Measuring;

namespace SparseKernels.Bench.Reporting;

/// <summary>Sums the scheduler's rows up beside its targets.</summary>
internal static class ScheduleSummary
{
    private const double MostMeanRegret = 1.05, MostRegret = 1.25, LeastOfDense = 0.97;

    /// <summary>Writes the figures of both schedules.</summary>
    /// <param name="rows">At least one row.</param>
    /// <param name="output">Where they go.</param>
    public static void Write(IReadOnlyList<ScheduleRow> rows, TextWriter output)
    {
        output.WriteLine();
        Write("automatic", rows, row => row.Automatic, output);
        Write("reproducible", rows, row => row.Reproducible, output);
    }

    private static void Write(
        string schedule, IReadOnlyList<ScheduleRow> rows, Func<ScheduleRow, ScheduleOutcome> outcome, TextWriter output)
    {
        var worst = rows.MaxBy(row => outcome(row).Regret)!;
        var slowest = rows.MinBy(row => outcome(row).DenseRatio)!;
        var dearest = rows.MaxBy(row => outcome(row).CallRatio)!;
        var mean = Mean(rows, row => outcome(row).Regret);
        output.WriteLine($"{schedule}, {rows.Count} row{(rows.Count == 1 ? "" : "s")}");
        output.WriteLine($"  regret, geometric mean  {mean:F3}  target at most {MostMeanRegret:F2}: {Verdict(mean <= MostMeanRegret)}; {string.Join(", ", rows.GroupBy(row => row.Pass).Select(pass => $"{pass.Key} {Mean([.. pass], row => outcome(row).Regret):F3}"))}");
        output.WriteLine($"  regret, worst           {outcome(worst).Regret:F3}  target at most {MostRegret:F2}: {Verdict(outcome(worst).Regret <= MostRegret)}; {NameOf(worst)}: {outcome(worst).Choice}{(outcome(worst).IsBest ? "" : $" instead of {outcome(worst).Best}")}");
        output.WriteLine($"  over dense, worst       {outcome(slowest).DenseRatio:F3}x target at least {LeastOfDense:F2}x: {Verdict(outcome(slowest).DenseRatio >= LeastOfDense)}; {NameOf(slowest)}: {outcome(slowest).Choice}; geometric mean {Mean(rows, row => outcome(row).DenseRatio):F2}x");
        output.WriteLine($"  best candidate chosen   {(double)rows.Count(row => outcome(row).IsBest) / rows.Count:P0} of rows");
        output.WriteLine($"  a call that chooses over the same choice forced: geometric mean {Mean(rows, row => outcome(row).CallRatio):F3}, worst {outcome(dearest).CallRatio:F3} ({NameOf(dearest)})");
    }

    private static string NameOf(ScheduleRow row) => $"{row.Layer} {row.Pass} {row.Pattern}";

    private static string Verdict(bool reached) => reached ? "yes" : "no";

    private static double Mean(IReadOnlyList<ScheduleRow> rows, Func<ScheduleRow, double> figure) =>
        Statistics.GeometricMean([.. rows.Select(figure)]);
}
