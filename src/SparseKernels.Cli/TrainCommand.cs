using System.CommandLine;
using System.Globalization;
using SparseKernels.Training.Models;

namespace SparseKernels.Cli;

/// <summary><c>sparsekernels train</c>: its options.</summary>
internal static class TrainCommand
{
    private const int MaximumThreads = 1024;

    public static Command Create()
    {
        var data = new Option<string?>("--data") { Description = $"The images: {string.Join(", ", ImageSource.Names)} (default synthetic, which needs no files)." };
        var directory = new Option<string?>("--data-dir") { Description = "The folder of the images' files (default: what SPARSEKERNELS_DATA says)." };
        var model = new Option<string?>("--model") { Description = $"The network: {string.Join(", ", ModelCatalogue.Names)} (default vgg-small, and lenet for mnist)." };
        var epochs = AtLeastOne("--epochs", $"Times to go through all images (default {RunSettings.DefaultEpochs}).");
        var batch = AtLeastOne("--batch", $"Images in a step (default {RunSettings.DefaultBatch}).");
        var rate = Number("--lr", "The learning rate after the warm-up (default 0.05 for 64 images in a batch, in proportion for others).", "a finite number over 0", (float value) => value is > 0 and < float.PositiveInfinity);
        var threads = AtLeastOne("--threads", "Threads to use (default: all processors); results don't depend on it.", MaximumThreads);
        var seed = Number("--seed", "What all randomness derives from (default 0).", "a whole number from 0 to 2^64 - 1", (ulong _) => true);
        var output = new Option<string?>("--out") { Description = "The checkpoint to write: a .safetensors file, or a folder (default: a free name under runs)." };
        var resume = new Option<string?>("--resume")
        {
            Description = "Continue a run as if it had never stopped: the checkpoint named, else that of --out, else the latest under runs.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var csv = new Option<string?>("--csv") { Description = "A file for one line of figures per epoch." };
        var capture = new Option<string?>("--capture") { Description = "A folder for the non-zero bitmaps of every convolution in the last step of each epoch." };

        var command = new Command("train", "Train a network; with no option, vgg-small on images made on the spot.")
        {
            data, directory, model, epochs, batch, rate, threads, seed, output, resume, csv, capture,
        };
        command.SetAction(parsed => TrainRun.Run(new TrainRequest
        {
            Data = parsed.GetValue(data),
            DataDirectory = parsed.GetValue(directory),
            Model = parsed.GetValue(model),
            Epochs = parsed.GetValue(epochs),
            Batch = parsed.GetValue(batch),
            Rate = parsed.GetValue(rate),
            Threads = parsed.GetValue(threads),
            Seed = parsed.GetValue(seed),
            Out = parsed.GetValue(output),
            Resume = parsed.GetResult(resume) is not null,
            ResumeFrom = parsed.GetValue(resume),
            Csv = parsed.GetValue(csv),
            Capture = parsed.GetValue(capture),
        }));
        return command;
    }

    private static Option<int?> AtLeastOne(string name, string description, int most = int.MaxValue) =>
        Number(name, description, string.Create(CultureInfo.InvariantCulture, $"a whole number from 1 to {most}"), (int value) => value >= 1 && value <= most);

    private static Option<T?> Number<T>(string name, string description, string expected, Func<T, bool> isValid)
        where T : struct, IParsable<T> => new(name)
        {
            Description = description,
            CustomParser = result =>
            {
                var text = result.Tokens[0].Value;
                if (T.TryParse(text, CultureInfo.InvariantCulture, out var value) && isValid(value)) return value;
                result.AddError($"{name} must be {expected}, got {text}.");
                return null;
            },
        };
}
