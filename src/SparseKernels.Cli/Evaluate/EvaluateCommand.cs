using System.CommandLine;
using SparseKernels.Cli.Options;
using SparseKernels.Cli.Runs;

namespace SparseKernels.Cli.Evaluate;

/// <summary><c>sparsekernels evaluate</c>: its options.</summary>
internal static class EvaluateCommand
{
    public static Command Create()
    {
        var checkpoint = new Argument<string>("checkpoint") { Description = "The weights: a .safetensors file, with or without its extension, or a folder for the latest run in it." };
        var data = CommandOptions.Data("those that the run was trained on");
        var directory = CommandOptions.DataDirectory();
        var (size, strict, cache) = (CommandOptions.ImageSize(), CommandOptions.Strict(), CommandOptions.CacheMemory());
        var model = CommandOptions.Model("the run's; needed where the weights have no state file beside them");
        var batch = CommandOptions.AtLeastOne(
            "--batch", $"Images that run at a time (default {RunSettings.DefaultBatch}, or all where there are fewer).");
        var threads = CommandOptions.Threads();
        var schedule = CommandOptions.ScheduleText("automatic");
        var command = new Command(
            "evaluate", "Measure a trained network on the test images: accuracy, loss, images a second, and the time of a single image.")
        {
            checkpoint, data, directory, size, strict, cache, model, batch, threads, schedule,
        };
        command.SetAction(parsed => EvaluateRun.Run(new EvaluateRequest
        {
            Checkpoint = parsed.GetValue(checkpoint)!,
            Data = parsed.GetValue(data),
            DataDirectory = parsed.GetValue(directory),
            ImageSize = parsed.GetValue(size),
            Strict = parsed.GetValue(strict),
            CacheMemory = parsed.GetValue(cache),
            Model = parsed.GetValue(model),
            Batch = parsed.GetValue(batch),
            Threads = parsed.GetValue(threads),
            Schedule = CommandOptions.ParseSchedule(parsed.GetValue(schedule)),
        }));
        return command;
    }
}
