using System.CommandLine;
using System.Globalization;
using SparseKernels.Cli.Options;
using SparseKernels.Cli.Terminal;
using SparseKernels.Training.Models;

namespace SparseKernels.Cli.Benchmark;

/// <summary><c>sparsekernels benchmark</c>: its options.</summary>
internal static class BenchmarkCommand
{
    private const double DefaultMask = 0.9, MostMask = 0.999, DefaultSeconds = 3, MostSeconds = 3600;
    private const int MostImages = 4096;

    private static readonly int[] s_defaultBatches = [1, 16];

    public static Command Create()
    {
        var model = new Argument<string>("model")
        {
            Description =
                "An .onnx file, the checkpoint of a run (a file, or a folder for the latest in it), or a model with fresh weights: "
                + $"{string.Join(", ", ModelCatalogue.Names)}.",
        };
        var mask = CommandOptions.Number(
            "--mask", "Share of weights to make zero in the second row, the smallest of each layer but the first and the last " +
            $"(default {CommandOptions.Text(DefaultMask)}; where the model's own are mostly zero, none, and the first row has dense kernels).",
            $"a number over 0 and up to {CommandOptions.Text(MostMask)}", (double value) => value is > 0 and <= MostMask);
        var batch = Batches();
        var size = CommandOptions.ImageSize("where an ONNX file leaves it open, or for another than the model's own");
        var threads = CommandOptions.Threads();
        var seconds = CommandOptions.Number(
            "--seconds", $"How long to measure for each number of images (default {CommandOptions.Text(DefaultSeconds)}).",
            $"a number over 0 and up to {CommandOptions.Text(MostSeconds)}", (double value) => value is > 0 and <= MostSeconds);
        var json = CommandOptions.Json();
        var command = new Command(
            "benchmark", "Time inference of a model as it is and with most of its weights zero, in turns, on images of noise. " +
            "ONNX Runtime and TorchSharp beside it: 'ratios predict' of bench/SparseKernels.Bench in the sources.")
        {
            model, mask, batch, size, threads, seconds, json,
        };
        command.SetAction(parsed => BenchmarkRun.Run(new BenchmarkRequest
        {
            Model = parsed.GetValue(model)!,
            Mask = parsed.GetValue(mask),
            DefaultMask = DefaultMask,
            Batches = parsed.GetValue(batch) is { Length: > 0 } given ? given : s_defaultBatches,
            ImageSize = parsed.GetValue(size),
            Threads = parsed.GetValue(threads),
            Seconds = parsed.GetValue(seconds) ?? DefaultSeconds,
            Json = parsed.GetValue(json),
        }));
        return command;
    }

    private static Option<int[]> Batches() => new("--batch")
    {
        HelpName = "numbers",
        Description = $"Images at a time, several apart by commas (default {string.Join(',', s_defaultBatches)}).",
        CustomParser = result =>
        {
            var words = result.Tokens[0].Value.Split(',', StringSplitOptions.TrimEntries);
            var batches = new int[words.Length];
            for (var i = 0; i < words.Length; i++)
            {
                if (InvariantNumber.TryParse(words[i], out batches[i]) && batches[i] is >= 1 and <= MostImages) continue;
                result.AddError(string.Create(
                    CultureInfo.InvariantCulture, $"--batch must be whole numbers from 1 to {MostImages} apart by commas, got {result.Tokens[0].Value}."));
                return [];
            }

            return batches;
        },
    };
}
