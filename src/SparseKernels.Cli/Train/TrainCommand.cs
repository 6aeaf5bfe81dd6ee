using System.CommandLine;
using SparseKernels.Cli.Options;
using SparseKernels.Cli.Runs;

namespace SparseKernels.Cli.Train;

/// <summary><c>sparsekernels train</c>: its options.</summary>
internal static class TrainCommand
{
    public const string Name = "train";

    public static Command Create()
    {
        var data = CommandOptions.Data("synthetic, which needs no files");
        var directory = CommandOptions.DataDirectory();
        var (size, strict, cache) = (CommandOptions.ImageSize(), CommandOptions.Strict(), CommandOptions.CacheMemory());
        var model = CommandOptions.Model("vgg-small, lenet for mnist, resnet18 for pictures");
        var epochs = CommandOptions.AtLeastOne("--epochs", $"Times to go through all images (default {RunSettings.DefaultEpochs}).");
        var batch = CommandOptions.AtLeastOne("--batch", $"Images in a step (default {RunSettings.DefaultBatch}).");
        var rate = CommandOptions.Number(
            "--lr", "The learning rate after the warm-up (default 0.05 for 64 images in a batch, in proportion for others).",
            "a finite number over 0", (float value) => value is > 0 and < float.PositiveInfinity);
        var threads = CommandOptions.Threads();
        var seed = CommandOptions.Number(
            "--seed", "What all randomness derives from (default 0).", "a whole number from 0 to 2^64 - 1", (ulong _) => true);
        var output = new Option<string?>("--out")
        {
            HelpName = "path",
            Description = "The checkpoint to write: a .safetensors file, or a folder (default: a free name under runs).",
        };
        var resume = new Option<string?>("--resume")
        {
            HelpName = "path",
            Description = "Continue a run as if it had never stopped: the checkpoint named (on to --out, if that is given too), else that of --out, else the latest under runs.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var csv = new Option<string?>("--csv") { HelpName = "file", Description = "A file for one line of figures per epoch." };
        var capture = new Option<string?>("--capture")
        {
            HelpName = "folder",
            Description = "A folder for the non-zero bitmaps of every convolution in the last step of each epoch.",
        };
        var schedule = CommandOptions.ScheduleText("reproducible, with which a resumed run gives the same bits");

        var dense = new Option<bool>("--dense-checkpoint", "--dense")
        {
            Description = "Write plain tensors to the weights file, for other tools, even of a pruned network.",
        };
        var distributed = new Option<string>("--distributed")
        {
            HelpName = "how",
            Description = "Train on several processes: auto, if mpirun or mpiexec started this one, off, or mpi (default: auto).",
            DefaultValueFactory = _ => RunRanks.Auto,
        };
        distributed.AcceptOnlyFromAmong(RunRanks.Choices);
        var synchronise = new Option<bool>("--sync-statistics")
        {
            Description = "Normalise by the statistics of the whole batch instead of each rank's share.",
        };
        var unbound = new Option<bool>("--no-binding") { Description = "Don't keep the ranks of one machine to processors of their own.", Hidden = true };
        var prune = new PruneOptions();
        var learning = new LearningOptions();

        var command = new GroupedCommand(
            Name, "Train a network and prune it meanwhile; with no option, vgg-small on images made on the spot.");
        foreach (var option in prune.All.Concat(learning.All).SelectMany(group => group.Options)) command.Options.Add(option);
        command.Add(new OptionGroup("Data and model", [data, directory, model]));
        command.Add(new OptionGroup("Pictures", [size, strict, cache]));
        command.Add(new OptionGroup("Training", [epochs, batch, rate, seed, threads, schedule, learning.Help]));
        command.Add(prune.Basic);
        command.Add(new OptionGroup("Output", [output, resume, csv, capture, dense]));
        command.Add(new OptionGroup("Several processes (docs/distributed.md)", [distributed, synchronise]));
        command.Options.Add(unbound);
        command.SetAction(parsed => TrainRun.Run(new TrainRequest
        {
            Settings = learning.Fill(parsed, new AskedSettings
            {
                Data = parsed.GetValue(data),
                ImageSize = parsed.GetValue(size),
                Model = parsed.GetValue(model),
                Epochs = parsed.GetValue(epochs),
                Batch = parsed.GetValue(batch),
                Rate = parsed.GetValue(rate),
                Seed = parsed.GetValue(seed),
                Schedule = CommandOptions.ParseSchedule(parsed.GetValue(schedule)),
                Prune = prune.Read(parsed),
                Learning = learning.Read(parsed),
            }),
            DataDirectory = parsed.GetValue(directory),
            Strict = parsed.GetValue(strict),
            CacheMemory = parsed.GetValue(cache),
            Threads = parsed.GetValue(threads),
            Out = parsed.GetValue(output),
            Resume = parsed.GetResult(resume) is not null,
            ResumeFrom = parsed.GetValue(resume),
            Csv = parsed.GetValue(csv),
            Capture = parsed.GetValue(capture),
            Weights = learning.ReadWeights(parsed, resumes: parsed.GetResult(resume) is not null),
            DenseCheckpoint = parsed.GetValue(dense),
            Distributed = parsed.GetValue(distributed)!,
            BindsRanks = !parsed.GetValue(unbound),
            SynchronisesStatistics = parsed.GetValue(synchronise),
        }));
        return command;
    }
}
