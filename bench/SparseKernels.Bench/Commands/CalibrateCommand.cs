using System.CommandLine;
using SparseKernels.Bench.Layers;

namespace SparseKernels.Bench.Commands;

/// <summary><c>calibrate</c>: how well the scheduler's predictions fit, and the figures that come with the library.</summary>
internal static class CalibrateCommand
{
    /// <summary>Makes the command.</summary>
    /// <param name="run">The options shared with other commands.</param>
    public static Command Create(RunOptions run)
    {
        var layers = new Option<string?>("--layers") { Description = "Predict and time these too, which nothing was fitted to: a shapes file, or part of a layer's name (several apart by commas)." };
        var defaults = new Option<string?>("--defaults")
        {
            Description =
                "Fit to these probes alone, without the built-in figures, and write the calibration there: as " +
                "src/SparseKernels/Scheduling/Calibrating/defaults-ISA.json it becomes the built-in one of that instruction set.",
            HelpName = "file",
        };
        var repeats = new Option<int>("--repeats")
        {
            Description = "Times to probe; all samples count (default 1).",
            DefaultValueFactory = _ => 1,
            CustomParser = result => (int)RunOptions.Number(result, 1, 100, whole: true),
        };
        var command = new Command("calibrate", "Probes, fits the cost model and shows how far its predictions miss.") { layers, defaults, repeats };
        run.AddTo(command);
        command.SetAction(result =>
        {
            var settings = run.Read(result, defaultBatch: 16, TimeSpan.FromSeconds(60));
            if (settings.Threads != 1) throw new ArgumentException($"--threads: probes run on 1, got {settings.Threads}.");
            if (settings.Json is not null) throw new ArgumentException("--json: this comparison has no rows for it; expected none.");
            var held = result.GetValue(layers) is { } choice ? LayerChoice.Find(choice) : [];
            new CalibrationCheck(settings, result.InvocationConfiguration.Output).Run(
                held, result.GetValue(repeats), result.GetValue(defaults));
        });
        return command;
    }
}
