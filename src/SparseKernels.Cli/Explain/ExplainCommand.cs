using System.CommandLine;
using SparseKernels.Cli.Options;
using SparseKernels.Cli.Runs;

namespace SparseKernels.Cli.Explain;

/// <summary><c>sparsekernels explain</c>: its options.</summary>
internal static class ExplainCommand
{
    private const int DefaultSteps = 20;
    private const int MostSteps = 100_000;

    public static Command Create()
    {
        var checkpoint = new Option<string?>("--checkpoint") { Description = "A run whose weights and masks to take: a .safetensors file, with or without its extension, or a folder (default: fresh weights)." };
        var data = CommandOptions.Data("synthetic, or those of the checkpoint's run");
        var directory = CommandOptions.DataDirectory();
        var model = CommandOptions.Model("vgg-small, lenet for mnist, resnet18 for pictures, or the checkpoint's");
        var batch = CommandOptions.AtLeastOne("--batch", $"Images in a step (default {RunSettings.DefaultBatch}).");
        var steps = CommandOptions.AtLeastOne(
            "--steps", $"Training steps to run before (default {DefaultSteps}); with a checkpoint they change no weight.", MostSteps);
        var threads = CommandOptions.Threads();
        var schedule = CommandOptions.ScheduleText("automatic");
        var command = new Command("explain", "Run a few training steps and show, per layer and pass, the densities, what each way of skipping zeros would take, and what ran.")
        {
            checkpoint, data, directory, model, batch, steps, threads, schedule,
        };
        command.SetAction(parsed => ExplainRun.Run(new ExplainRequest
        {
            Checkpoint = parsed.GetValue(checkpoint),
            Data = parsed.GetValue(data),
            DataDirectory = parsed.GetValue(directory),
            Model = parsed.GetValue(model),
            Batch = parsed.GetValue(batch) ?? RunSettings.DefaultBatch,
            Steps = parsed.GetValue(steps) ?? DefaultSteps,
            Threads = parsed.GetValue(threads),
            Schedule = CommandOptions.ParseSchedule(parsed.GetValue(schedule)),
        }));
        return command;
    }
}
