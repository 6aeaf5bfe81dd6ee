using System.Globalization;
using SparseKernels.Cli.Tests.Support;
using SparseKernels.TestSupport;
using SparseKernels.Training.Checkpoints;
using SparseKernels.Training.Pruning;
using Xunit;

namespace SparseKernels.Cli.Tests.Train;

public class LearningTrainTests
{
    private static readonly string[] s_options =
        ["train", "--data", "cifar10", "--data-dir", "images", "--model", "resnet20", "--epochs", "1", "--batch", "10", "--threads", "2", "--prune", "none"];

    private static readonly string[] s_learning =
    [
        "--optimiser", "adamw", "--weight-decay", "0.01", "--decay-weights-only", "--label-smoothing", "0.1", "--clip-norm", "1", "--clip-value", "0.5",
        "--ema", "0.9", "--freeze", "conv1", "--freeze", "bn1", "--freeze-normalisation", "--lr-factor", "layer2=0.5", "--lr-factor", "layer1=0.25",
    ];

    private static readonly string[] s_keys =
        ["optimiser", "weight-decay", "decay", "label-smoothing", "clip-norm", "clip-value", "ema", "freeze", "freeze-normalisation", "rate-factors"];

    [Fact]
    public void Train_EveryLearningOption_IsKeptRepeatedAndComparedOnResume()
    {
        using var folder = Images();
        using var run = CommandRun.Complete(folder.Path, [.. s_options, .. s_learning, "--out", "a"]);
        Assert.Equal((0, ""), (run.ExitCode, run.Errors));
        var settings = Checkpoint.Load(folder.File("a.safetensors")).Settings;
        Assert.Equal(
            ["adamw 0.9 0.999 1E-08", "0.01", "weights", "0.1", "1", "0.5", "0.9", "conv1 bn1", "yes", "layer1=0.25 layer2=0.5"],
            s_keys.Select(key => settings[key]));
        foreach (var options in new string[][] { [], s_learning })
        {
            using var again = CommandRun.Complete(folder.Path, [.. s_options, .. options, "--resume", "a"]);
            Assert.Equal((0, ""), (again.ExitCode, again.Errors));
        }

        using var other = CommandRun.Complete(folder.Path, [.. s_options, "--resume", "a", "--optimiser", "sgd"]);
        Assert.Equal(1, other.ExitCode);
        Assert.Contains("differs from the adamw", other.Errors, StringComparison.Ordinal);

        // The weights file has the average, and so does what is evaluated.
        using var evaluated = CommandRun.Complete(folder.Path, "evaluate", "a", "--data-dir", "images");
        Assert.Equal((0, ""), (evaluated.ExitCode, evaluated.Errors));
    }

    [Fact]
    public void Train_WeightsOfAnotherRun_BeginsWithThemAndSaysWhatFits()
    {
        using var folder = Images();
        using (var first = CommandRun.Complete(folder.Path, [.. s_options, "--out", "a"])) Assert.Equal((0, ""), (first.ExitCode, first.Errors));
        File.Delete(folder.File("a.state.safetensors"));
        using var second = CommandRun.Complete(folder.Path, [.. s_options, "--weights", "a.safetensors", "--freeze", "conv1", "--out", "b"]);
        Assert.Equal((0, ""), (second.ExitCode, second.Errors));
        Assert.Matches("Weights of a.safetensors: loaded: [0-9]+ tensors", second.Output);
        Assert.Equal(First("a.safetensors"), First("b.safetensors"));
        using var strict = CommandRun.Complete(folder.Path, ["train", "--data", "cifar10", "--data-dir", "images", "--epochs", "1", "--batch", "10", "--weights", "a.safetensors", "--out", "c"]);
        Assert.Equal(1, strict.ExitCode);
        using var resumed = CommandRun.Complete(folder.Path, [.. s_options, "--resume", "b", "--weights", "a.safetensors"]);
        Assert.Equal(1, resumed.ExitCode);
        Assert.Contains("--weights is for a new run", resumed.Errors, StringComparison.Ordinal);

        float[] First(string name) => WeightsFile.Read(folder.File(name)).Tensors.Single(tensor => tensor.Name == "conv1.weight").Values;
    }

    [Fact]
    public void Train_PresetFineTuning_HoldsWhereNoOptionSaysOtherwise()
    {
        using var folder = Images();
        string[] plain = [.. s_options.SkipLast(2)];
        using (var run = CommandRun.Complete(folder.Path, [.. plain, "--preset", "fine-tuning", "--out", "a"])) Assert.Equal((0, ""), (run.ExitCode, run.Errors));
        var settings = Checkpoint.Load(folder.File("a.safetensors")).Settings;
        Assert.Equal((0.01f * 10 / 64).ToString(CultureInfo.InvariantCulture), settings["learning-rate"]);
        Assert.Equal(PruningSettings.FineTuning, PruningSettingsJson.Read(settings["pruning"]));
        using (var again = CommandRun.Complete(folder.Path, [.. plain, "--preset", "fine-tuning", "--resume", "a"])) Assert.Equal((0, ""), (again.ExitCode, again.Errors));

        string[] others = ["--preset", "fine-tuning", "--lr", "0.5", "--prune-end", "0.5", "--weight-decay", "0", "--out", "b"];
        using (var run = CommandRun.Complete(folder.Path, [.. plain, .. others])) Assert.Equal((0, ""), (run.ExitCode, run.Errors));
        settings = Checkpoint.Load(folder.File("b.safetensors")).Settings;
        Assert.Equal(("0.5", "0"), (settings["learning-rate"], settings["weight-decay"]));
        Assert.Equal(PruningSettings.FineTuning with { End = 0.5 }, PruningSettingsJson.Read(settings["pruning"]));

        using (var run = CommandRun.Complete(folder.Path, [.. s_options, "--preset", "fine-tuning", "--out", "c"])) Assert.Equal((0, ""), (run.ExitCode, run.Errors));
        Assert.Equal("none", Checkpoint.Load(folder.File("c.safetensors")).Settings["pruning"]);
        using var unknown = CommandRun.Complete(folder.Path, [.. s_options, "--preset", "tuning", "--out", "d"]);
        Assert.Equal(1, unknown.ExitCode);
        Assert.Contains("--preset must be one of fine-tuning, got tuning", unknown.Errors, StringComparison.Ordinal);
    }

    private static TemporaryFolder Images()
    {
        var folder = new TemporaryFolder();
        SmallImages.WriteCifar10(folder, "images", training: 80, test: 20);
        return folder;
    }
}
