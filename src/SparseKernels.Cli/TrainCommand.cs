using System.CommandLine;

namespace SparseKernels.Cli;

/// <summary><c>sparsekernels train</c>: its options.</summary>
internal static class TrainCommand
{
    public static Command Create()
    {
        var data = CommandOptions.Data("synthetic, which needs no files");
        var directory = CommandOptions.DataDirectory();
        var model = CommandOptions.Model("vgg-small, and lenet for mnist");
        var epochs = CommandOptions.AtLeastOne("--epochs", $"Times to go through all images (default {RunSettings.DefaultEpochs}).");
        var batch = CommandOptions.AtLeastOne("--batch", $"Images in a step (default {RunSettings.DefaultBatch}).");
        var rate = CommandOptions.Number("--lr", "The learning rate after the warm-up (default 0.05 for 64 images in a batch, in proportion for others).", "a finite number over 0", (float value) => value is > 0 and < float.PositiveInfinity);
        var threads = CommandOptions.Threads();
        var seed = CommandOptions.Number("--seed", "What all randomness derives from (default 0).", "a whole number from 0 to 2^64 - 1", (ulong _) => true);
        var output = new Option<string?>("--out") { Description = "The checkpoint to write: a .safetensors file, or a folder (default: a free name under runs)." };
        var resume = new Option<string?>("--resume")
        {
            Description = "Continue a run as if it had never stopped: the checkpoint named, else that of --out, else the latest under runs.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var csv = new Option<string?>("--csv") { Description = "A file for one line of figures per epoch." };
        var capture = new Option<string?>("--capture") { Description = "A folder for the non-zero bitmaps of every convolution in the last step of each epoch." };
        var schedule = CommandOptions.ScheduleText("reproducible, with which a resumed run gives the same bits");

        var dense = new Option<bool>("--dense-checkpoint", "--dense") { Description = "Write plain tensors to the weights file, for other tools, even of a pruned network." };
        var prune = new PruneOptions();

        var command = new Command("train", "Train a network and prune it meanwhile; with no option, vgg-small on images made on the spot.")
        {
            data, directory, model, epochs, batch, rate, threads, seed, output, resume, csv, capture, schedule, dense,
        };
        foreach (var option in prune.All) command.Options.Add(option);
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
            Schedule = CommandOptions.ParseSchedule(parsed.GetValue(schedule)),
            DenseCheckpoint = parsed.GetValue(dense),
            Prune = prune.Read(parsed),
        }));
        return command;
    }
}
