using System.Globalization;

namespace SparseKernels.Bench.Reporting;

/// <summary>What training steps and inference should reach against TorchSharp and ONNX Runtime, by a plan's own choice.</summary>
internal static class NetworkTargets
{
    /// <summary>What a step of a pruned network may take of one at its run's start.</summary>
    public const double PrunedStep = 0.35;

    private static readonly string[] s_models = ["vgg-small", "resnet20"];

    /// <summary>
    /// torchvision's models on pictures of 224×224 on one thread: a step of 16 over TorchSharp's without masks and with nine tenths of the weights
    /// masked, and inference of one picture with those masks over ONNX Runtime's.
    /// </summary>
    private static readonly (string Model, double Step, double MaskedStep, double MaskedPrediction)[] s_pictures =
        [("resnet18@224", 1.3, 3, 3), ("resnet50@224", 1.2, 2.5, 2.5), ("mobilenet_v2@224", 1.5, 2, 1.5)];

    private static readonly string[] s_schedules = [KernelSchedule.Automatic.ToString(), KernelSchedule.Reproducible.ToString()];

    /// <summary>Writes the targets of training steps, and which rows reach them.</summary>
    /// <param name="rows">The rows.</param>
    /// <param name="masked">Whether most weights are masked.</param>
    /// <param name="output">Where they go.</param>
    public static void WriteSteps(IEnumerable<RatioRow> rows, bool masked, TextWriter output) =>
        Write(rows, row => s_models.Contains(row.Layer) ? StepTarget(masked, row.Threads) : PictureStepTarget(row, masked), output);

    /// <summary>Writes the target of inference with masked weights, and which rows reach it; without masks there is none.</summary>
    /// <param name="rows">The rows.</param>
    /// <param name="masked">Whether most weights are masked.</param>
    /// <param name="output">Where they go.</param>
    public static void WritePredictions(IEnumerable<RatioRow> rows, bool masked, TextWriter output)
    {
        const double OfMasked = 3;
        if (masked) Write(rows, row => s_models.Contains(row.Layer) ? OfMasked : null, output);
    }

    /// <summary>How many times as fast as ONNX Runtime inference should be; null where nothing was set.</summary>
    /// <param name="model">The model, as a row calls it.</param>
    /// <param name="batch">Images at once.</param>
    /// <param name="threads">Threads of each.</param>
    /// <param name="masked">Whether most weights are masked.</param>
    public static double? OverOnnxRuntime(string model, int batch, int threads, bool masked)
    {
        const double OfDense = 0.9;
        var picture = s_pictures.FirstOrDefault(target => target.Model == model);
        return picture.Model is null || (batch, threads) != (1, 1) ? null : masked ? picture.MaskedPrediction : OfDense;
    }

    private static double? PictureStepTarget(RatioRow row, bool masked)
    {
        const int Batch = 16;
        var picture = s_pictures.FirstOrDefault(target => target.Model == row.Layer);
        return picture.Model is null || (row.Batch, row.Threads) != (Batch, 1) ? null : masked ? picture.MaskedStep : picture.Step;
    }

    /// <summary>A target and whether a figure reaches it.</summary>
    public static string Verdict(double ratio, double least) => string.Create(
        CultureInfo.InvariantCulture, $"target at least {least:0.##}x: {(ratio >= least ? "yes" : "no")}");

    /// <summary>On one thread and on more.</summary>
    private static double StepTarget(bool masked, int threads) => (masked, threads) switch
    {
        (true, 1) => 3,
        (true, _) => 2,
        (false, 1) => 1.5,
        (false, _) => 1.25,
    };

    private static void Write(IEnumerable<RatioRow> rows, Func<RatioRow, double?> target, TextWriter output)
    {
        foreach (var row in rows)
        {
            if (row.Ratio is not { } ratio || target(row) is not { } least || !s_schedules.Contains(row.Pass.Split(' ', ',')[1])) continue;
            output.WriteLine($"{row.Layer} {row.Pass}, N = {row.Batch}, {row.Threads} thread{(row.Threads == 1 ? "" : "s")}: {ratio:F2}x, {Verdict(ratio, least)}");
        }
    }
}
