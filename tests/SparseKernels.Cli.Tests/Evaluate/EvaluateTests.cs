using System.Text.RegularExpressions;
using SparseKernels.Cli.Tests.Support;
using SparseKernels.TestSupport;
using Xunit;

namespace SparseKernels.Cli.Tests.Evaluate;

public class EvaluateTests
{
    private static readonly string[] s_train =
        ["train", "--data", "cifar10", "--data-dir", "images", "--model", "resnet20", "--epochs", "2", "--batch", "10", "--threads", "2", "--prune-tolerance", "1", "--out", "run"];

    [Fact]
    public void Evaluate_RunsCheckpoint_AccuracyAndLossOfTheLastEpochAndBothSpeeds()
    {
        using var folder = Trained(out var trained);
        using var run = CommandRun.Complete(
            folder.Path, "evaluate", "run", "--data-dir", "images", "--batch", "8", "--threads", "1", "--schedule", "dense");

        Assert.Equal((0, ""), (run.ExitCode, run.Errors));
        Assert.Contains("resnet20 of run.safetensors after 2 epochs: 20 test images of [3, 32, 32], 10 classes", run.Output);
        Assert.Matches("batch 8, 1 threads, .*, schedule dense", run.Output);
        Assert.Matches(@"(?m)^8 at a time: \d+ images/s, \d+\.\d\d ms for all of them \(median of 2\)$", run.Output);
        Assert.Matches(@"(?m)^1 at a time: \d+ images/s, \d+\.\d\d ms \(median of \d+\)$", run.Output);
        var last = Regex.Match(trained, @"epoch +2/2 .*test loss (\d+\.\d+)  test accuracy +(\d+\.\d) %");
        var now = Regex.Match(run.Output, @"Test accuracy (\d+\.\d) %, loss (\d+\.\d+): (\d+) of 20 images right");
        Assert.Equal(last.Groups[2].Value, now.Groups[1].Value);
        Assert.Equal(double.Parse(last.Groups[1].Value), double.Parse(now.Groups[2].Value), 2e-3);
        Assert.Equal(double.Parse(now.Groups[1].Value) / 5, double.Parse(now.Groups[3].Value), 1e-6);
    }

    [Fact]
    public void Evaluate_WeightsAlone_NeedsModelAndDataAndGivesTheSame()
    {
        using var folder = Trained(out _);
        using var whole = CommandRun.Complete(folder.Path, "evaluate", "run.state.safetensors", "--data-dir", "images");
        File.Delete(folder.File("run.state.safetensors"));
        AssertFails(folder, 1, "'run.safetensors' has no state file beside it that says what it is: --model and --data are needed", "run");
        AssertFails(folder, 1, "doesn't fit vgg-small", "run", "--model", "vgg-small", "--data", "cifar10", "--data-dir", "images");

        using var alone = CommandRun.Complete(
            folder.Path, "evaluate", "run", "--model", "resnet20", "--data", "cifar10", "--data-dir", "images");

        Assert.Equal((0, ""), (alone.ExitCode, alone.Errors));
        Assert.Equal(Line(whole.Output, "Test accuracy"), Line(alone.Output, "Test accuracy"));
    }

    [Fact]
    public void Evaluate_BadInput_OneLineAndNothingWritten()
    {
        using var folder = Trained(out _);
        AssertFails(folder, 2, "Required argument 'checkpoint' missing");
        AssertFails(folder, 1, "There is no checkpoint 'none.state.safetensors'", "none");
        AssertFails(folder, 1, "There is no checkpoint in 'images'", "images");
        AssertFails(folder, 2, "--batch must be a whole number from 1", "run", "--batch", "0");
        AssertFails(folder, 1, "--batch must be at most the 20 test images, got 21", "run", "--batch", "21", "--data-dir", "images");
        AssertFails(folder, 1, "--model vgg-small differs from the resnet20", "run", "--model", "vgg-small");
        AssertFails(folder, 1, "--model must be one of", "run", "--model", "vgg-huge");
        AssertFails(folder, 1, "--data must be one of", "run", "--data", "imagenet");
        AssertFails(folder, 1, "--data cifar10 needs the folder", "run");
        AssertFails(folder, 1, "--schedule: 'fast' is no schedule", "run", "--schedule", "fast");
        File.WriteAllBytes(folder.File("run.state.safetensors"), [8, 0, 0, 0, 0, 0, 0, 0, .. "{\"a\":1} "u8]);
        AssertFails(folder, 1, "run.state.safetensors' is not a whole safetensors file", "run");
    }

    private static TemporaryFolder Trained(out string output)
    {
        var folder = new TemporaryFolder();
        SmallImages.WriteCifar10(folder, "images", training: 40, test: 20);
        using var run = CommandRun.Complete(folder.Path, s_train);
        Assert.Equal((0, ""), (run.ExitCode, run.Errors));
        output = run.Output;
        return folder;
    }

    private static string Line(string output, string beginning) =>
        output.Split('\n').Single(line => line.StartsWith(beginning, StringComparison.Ordinal));

    private static void AssertFails(TemporaryFolder folder, int code, string expected, params string[] arguments)
    {
        var before = Directory.GetFileSystemEntries(folder.Path, "*", SearchOption.AllDirectories);
        using var run = CommandRun.Complete(folder.Path, ["evaluate", .. arguments]);
        Assert.Equal("", run.Output);
        Assert.StartsWith("sparsekernels: ", run.Errors);
        Assert.Contains(expected, run.Errors);
        Assert.Equal(1, run.Errors.Count(c => c == '\n'));
        Assert.Equal(code, run.ExitCode);
        Assert.Equal(before, Directory.GetFileSystemEntries(folder.Path, "*", SearchOption.AllDirectories));
    }
}
