using System.Globalization;
using System.Text.RegularExpressions;
using SparseKernels.Cli.Tests.Support;
using SparseKernels.TestSupport;
using SparseKernels.Training.Checkpoints;
using SparseKernels.Training.Files;
using Xunit;

namespace SparseKernels.Cli.Tests.Train;

public class TrainTests
{
    /// <summary>Each class is a colour: a network that doesn't learn it in a moment doesn't learn.</summary>
    private static readonly string[] s_options =
        ["train", "--data", "cifar10", "--data-dir", "images", "--model", "resnet20", "--epochs", "3", "--batch", "10", "--prune", "none", "--threads", "2"];

    [Fact]
    public void Train_SmallImages_LineForEachEpochTableCheckpointAndCsv()
    {
        using var folder = new TemporaryFolder();
        SmallImages.WriteCifar10(folder, "images", training: 60, test: 20);
        using var run = CommandRun.Complete(folder.Path, [.. s_options, "--out", "new/run", "--csv", "figures.csv"]);

        Assert.Equal((0, ""), (run.ExitCode, run.Errors));
        for (var epoch = 1; epoch <= 3; epoch++) Assert.Single(
            Regex.Matches(run.Output, $@"^epoch +{epoch}/3 +loss \d", RegexOptions.Multiline));
        Assert.Equal(3, Regex.Count(run.Output, @"(?m) s, \d+\.\d % of training waiting for data"));
        const string Waited = @"(?m)^Training waited for data \d+\.\d s, \d+\.\d % of its time; in \d+ steps the batch wasn't ready\.$";
        Assert.Single(Regex.Matches(run.Output, Waited));
        Assert.Single(Regex.Matches(File.ReadAllText(folder.File("new/run.report.md")), Waited));
        Assert.DoesNotContain('\e', run.Output);
        Assert.Contains("60 training and 20 test images", run.Output);
        Assert.Matches(@"layer1\.0\.conv1 +\d", run.Output);
        Assert.Matches(@"Test accuracy \d+\.\d % after 3 epochs", run.Output);

        var weights = SafetensorsFile.Read(folder.File("new/run.safetensors"));
        Assert.Contains(weights.Tensors, tensor => tensor.Name == "conv1.weight");
        Assert.All(weights.Tensors, tensor => Assert.All(tensor.Values, value => Assert.True(float.IsFinite(value))));
        Assert.Equal(18, Checkpoint.Load(folder.File("new/run.safetensors")).Progress.Step);

        var lines = File.ReadAllLines(folder.File("figures.csv"));
        Assert.Equal(4, lines.Length);
        Assert.Equal("epoch,step,learning_rate,train_loss,train_accuracy,test_loss,test_accuracy,images_per_second,seconds,saved_seconds,forward,backward_data,backward_weights,step_ms,validation_accuracy,sparsity,coarse_sparsity,waiting_seconds", lines[0]);
        var figures = lines[1..].Select(line => line.Split(',')[..10].Select(text => double.Parse(text, CultureInfo.InvariantCulture)).ToArray()).ToArray();
        Assert.Equal([1, 2, 3], figures.Select(line => line[0]));
        Assert.Equal([6, 12, 18], figures.Select(line => line[1]));
        Assert.True(figures[2][3] < figures[0][3], $"the loss must fall: {string.Join(" / ", lines[1..])}");
        Assert.InRange(figures[2][4], 0.25, 1);

        // 22 convolutions and linear layers in 6 steps; the first has no BackwardData.
        int[] calls = [132, 126, 132];
        foreach (var line in lines[1..]) Assert.Equal(calls, line.Split(',')[10..13].Select(field => field.Split('|').Sum(pair => int.Parse(pair.Split(':')[1], CultureInfo.InvariantCulture))));
    }

    [Fact]
    public void Train_OtherThreadCount_SameWeights()
    {
        using var folder = new TemporaryFolder();
        SmallImages.WriteCifar10(folder, "images", training: 40, test: 10);
        using var two = CommandRun.Complete(folder.Path, [.. s_options, "--out", "two"]);
        using var one = CommandRun.Complete(folder.Path, [.. s_options[..^1], "1", "--out", "one"]);
        Assert.Equal((0, 0), (two.ExitCode, one.ExitCode));
        Assert.Equal(File.ReadAllBytes(folder.File("two.safetensors")), File.ReadAllBytes(folder.File("one.safetensors")));
    }

    [Fact]
    public void Train_OtherSeed_OtherWeights()
    {
        using var folder = new TemporaryFolder();
        SmallImages.WriteCifar10(folder, "images", training: 20, test: 10);
        CommandRun.Complete(folder.Path, [.. s_options, "--seed", "1", "--out", "a"]).Dispose();
        CommandRun.Complete(folder.Path, [.. s_options, "--seed", "2", "--out", "b"]).Dispose();
        Assert.NotEqual(File.ReadAllBytes(folder.File("a.safetensors")), File.ReadAllBytes(folder.File("b.safetensors")));
    }

    [Fact]
    public void Train_NoOut_FreeNameUnderRuns()
    {
        using var folder = new TemporaryFolder();
        SmallImages.WriteCifar10(folder, "images", training: 10, test: 10);
        CommandRun.Complete(folder.Path, s_options).Dispose();
        CommandRun.Complete(folder.Path, s_options).Dispose();
        Assert.True(File.Exists(folder.File("runs/resnet20-cifar10.safetensors")));
        Assert.True(File.Exists(folder.File("runs/resnet20-cifar10-2.safetensors")));
    }

    [Fact]
    public void Resume_OptionDiffers_RefusesNamingIt()
    {
        using var folder = new TemporaryFolder();
        SmallImages.WriteCifar10(folder, "images", training: 10, test: 10);
        CommandRun.Complete(folder.Path, [.. s_options, "--out", "a"]).Dispose();
        using var run = CommandRun.Complete(folder.Path, "train", "--resume", "a", "--epochs", "9");
        Assert.Equal(1, run.ExitCode);
        Assert.StartsWith("sparsekernels: --epochs 9 differs from the 3", run.Errors);
    }

    [Fact]
    public void Train_Schedule_IsKeptAndComparedAtResume()
    {
        using var folder = new TemporaryFolder();
        SmallImages.WriteCifar10(folder, "images", training: 10, test: 10);
        using var forced = CommandRun.Complete(folder.Path, [.. s_options, "--out", "a", "--schedule", "Input-Weight"]);
        using var byVariable = CommandRun.Complete(folder.Path, [.. s_options, "--out", "b"], [("SPARSEKERNELS_SCHEDULE", "dense")]);
        using var plain = CommandRun.Complete(folder.Path, [.. s_options, "--out", "c"], [("SPARSEKERNELS_SCHEDULE", null)]);
        Assert.Contains("schedule input-weight", forced.Output);
        Assert.Matches(@"skips  forward .*input-weight \d+ %.*  bwd data .*  bwd weights .*  saved -?\d+\.\d s over dense", forced.Output);
        Assert.DoesNotContain("skips", byVariable.Output);
        Assert.Contains("schedule dense", byVariable.Output);
        Assert.Contains("schedule reproducible", plain.Output);
        Assert.Equal("input-weight", Checkpoint.Load(folder.File("a.safetensors")).Settings["schedule"]);
        Assert.Null(Checkpoint.Load(folder.File("a.safetensors")).Calibration);
        Assert.NotNull(Checkpoint.Load(folder.File("c.safetensors")).Calibration);

        using var other = CommandRun.Complete(folder.Path, "train", "--resume", "a", "--data-dir", "images", "--schedule", "dense");
        Assert.Equal(1, other.ExitCode);
        Assert.StartsWith("sparsekernels: --schedule dense differs from the input-weight", other.Errors);
        using var same = CommandRun.Complete(folder.Path, "train", "--resume", "a", "--data-dir", "images");
        Assert.Equal((0, ""), (same.ExitCode, same.Errors));
    }

    [Fact]
    public void Resume_CompleteRun_SaysSo()
    {
        using var folder = new TemporaryFolder();
        SmallImages.WriteCifar10(folder, "images", training: 10, test: 10);
        CommandRun.Complete(folder.Path, [.. s_options, "--out", "a"]).Dispose();
        using var run = CommandRun.Complete(folder.Path, "train", "--data-dir", "images", "--resume", "a.state.safetensors");
        Assert.Equal((0, ""), (run.ExitCode, run.Errors));
        Assert.Contains("The run was complete already.", run.Output);
    }

    [Fact]
    public void Train_Capture_PatternsOfEveryEpochAndTheSameWeights()
    {
        using var folder = new TemporaryFolder();
        SmallImages.WriteCifar10(folder, "images", training: 20, test: 10);
        using var run = CommandRun.Complete(folder.Path, [.. s_options, "--out", "a", "--capture", "seen"]);
        CommandRun.Complete(folder.Path, [.. s_options, "--out", "b"]).Dispose();

        Assert.Equal((0, ""), (run.ExitCode, run.Errors));
        for (var epoch = 1; epoch <= 3; epoch++) Assert.True(
            File.Exists(folder.File($"seen/epoch-00{epoch}/layer2.0.downsample.0.patterns")));
        Assert.Equal(3 * 21, Directory.GetFiles(folder.File("seen"), "*", SearchOption.AllDirectories).Length);
        Assert.Equal(File.ReadAllBytes(folder.File("b.safetensors")), File.ReadAllBytes(folder.File("a.safetensors")));
    }

    [Theory]
    [InlineData("images/data_batch_1.bin", "is a file, expected a folder")]
    [InlineData("images", "isn't empty: choose another name")]
    public void Train_CaptureIntoWhatIsThere_RefusesAndWritesNothing(string capture, string message)
    {
        using var folder = new TemporaryFolder();
        SmallImages.WriteCifar10(folder, "images", training: 20, test: 10);
        var before = Directory.GetFileSystemEntries(folder.Path, "*", SearchOption.AllDirectories);

        using var run = CommandRun.Complete(folder.Path, [.. s_options, "--out", "a", "--capture", capture]);

        Assert.Equal(1, run.ExitCode);
        Assert.StartsWith("sparsekernels: --capture: ", run.Errors);
        Assert.Contains(message, run.Errors);
        Assert.Equal(before, Directory.GetFileSystemEntries(folder.Path, "*", SearchOption.AllDirectories));
    }
}
