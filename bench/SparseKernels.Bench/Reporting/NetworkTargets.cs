namespace SparseKernels.Bench.Reporting;

/// <summary>What training steps and inference should reach against TorchSharp, by a plan's own choice.</summary>
internal static class NetworkTargets
{
    /// <summary>What a step of a pruned network may take of one at its run's start.</summary>
    public const double PrunedStep = 0.35;

    private static readonly string[] s_models = ["vgg-small", "resnet20"];
    private static readonly string[] s_schedules = [KernelSchedule.Automatic.ToString(), KernelSchedule.Reproducible.ToString()];

    /// <summary>Writes the targets of training steps, and which rows reach them.</summary>
    /// <param name="rows">The rows.</param>
    /// <param name="masked">Whether most weights are masked.</param>
    /// <param name="output">Where they go.</param>
    public static void WriteSteps(IEnumerable<RatioRow> rows, bool masked, TextWriter output) =>
        Write(rows, row => StepTarget(masked, row.Threads), output);

    /// <summary>Writes the target of inference with masked weights, and which rows reach it; without masks there is none.</summary>
    /// <param name="rows">The rows.</param>
    /// <param name="masked">Whether most weights are masked.</param>
    /// <param name="output">Where they go.</param>
    public static void WritePredictions(IEnumerable<RatioRow> rows, bool masked, TextWriter output)
    {
        const double OfMasked = 3;
        if (masked) Write(rows, _ => OfMasked, output);
    }

    /// <summary>On one thread and on more.</summary>
    private static double StepTarget(bool masked, int threads) => (masked, threads) switch
    {
        (true, 1) => 3,
        (true, _) => 2,
        (false, 1) => 1.5,
        (false, _) => 1.25,
    };

    private static void Write(IEnumerable<RatioRow> rows, Func<RatioRow, double> target, TextWriter output)
    {
        foreach (var row in rows)
        {
            if (row.Ratio is not { } ratio || !s_models.Contains(row.Layer) || !s_schedules.Contains(row.Pass.Split(' ', ',')[1])) continue;
            output.WriteLine($"{row.Layer} {row.Pass}, N = {row.Batch}, {row.Threads} thread{(row.Threads == 1 ? "" : "s")}: {ratio:F2}x, target at least {target(row):0.##}x: {(ratio >= target(row) ? "yes" : "no")}");
        }
    }
}
