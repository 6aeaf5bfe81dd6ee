using System.Text.RegularExpressions;
using SparseKernels.Cli.Tests.Support;
using SparseKernels.TestSupport;
using Xunit;

namespace SparseKernels.Cli.Tests.Explain;

public class ExplainTests
{
    private static readonly string[] s_options = ["explain", "--data", "cifar10", "--data-dir", "images", "--model", "resnet20", "--batch", "8", "--threads", "1"];

    [Fact]
    public void Explain_FreshWeights_DensitiesPredictionsChoiceAndTimePerLayerAndPass()
    {
        using var folder = new TemporaryFolder();
        SmallImages.WriteCifar10(folder, "images", training: 30, test: 10);
        using var run = CommandRun.Complete(folder.Path, [.. s_options, "--steps", "3", "--schedule", "reproducible"]);

        Assert.Equal((0, ""), (run.ExitCode, run.Errors));
        Assert.Contains("resnet20, fresh weights, after 3 training steps on cifar10", run.Output);
        Assert.Contains("batch 8, 1 threads", run.Output);
        Assert.Contains("schedule reproducible", run.Output);

        // 22 convolutions and linear layers, the first without BackwardData: each with its choice and the time of the dense kernels.
        Assert.Equal(22, Count(run, @" forward +\d"));
        Assert.Equal(21, Count(run, " bwd data "));
        Assert.Equal(22, Count(run, @" bwd weights +\d"));
        Assert.Matches(@"layer2\.1\.conv2 +forward +\d+/\d+ +\d+/\d+ +\S+ +\d+\.\d\d  .*dense \d+\.\d\d", run.Output);
        Assert.Matches(@"layer2\.1\.conv2 +bwd data +\(\d+/\d+\) +\d+/\d+ +100/100 ", run.Output);
        Assert.Equal(["images"], Directory.GetFileSystemEntries(folder.Path).Select(Path.GetFileName));
    }

    [Fact]
    public void Explain_Checkpoint_TakesItsWeightsAndChangesNothing()
    {
        using var folder = new TemporaryFolder();
        SmallImages.WriteCifar10(folder, "images", training: 30, test: 10);
        CommandRun.Complete(folder.Path, ["train", .. s_options[1..], "--epochs", "1", "--out", "run"]).Dispose();
        var before = File.ReadAllBytes(folder.File("run.state.safetensors"));
        using var run = CommandRun.Complete(
            folder.Path, "explain", "--checkpoint", "run", "--data-dir", "images", "--batch", "5", "--steps", "2", "--schedule",
            "input-weight");

        Assert.Equal((0, ""), (run.ExitCode, run.Errors));
        Assert.Contains("resnet20, weights of run.safetensors, after 2 training steps on cifar10", run.Output);
        Assert.Matches(@"layer1\.0\.conv1 +forward .* input-weight +\d", run.Output);
        Assert.Equal(before, File.ReadAllBytes(folder.File("run.state.safetensors")));
    }

    [Theory]
    [InlineData(2, "--steps must be a whole number from 1", "--steps", "0")]
    [InlineData(1, "--batch must be at most the 30 training images, got 31", "--batch", "31")]
    [InlineData(1, "--schedule: 'none' is no schedule", "--schedule", "none")]
    [InlineData(1, "There is no checkpoint 'none.state.safetensors'", "--checkpoint", "none")]
    [InlineData(1, "--model must be one of", "--model", "vgg-huge")]
    public void Explain_BadInput_OneLine(int code, string expected, params string[] arguments)
    {
        using var folder = new TemporaryFolder();
        SmallImages.WriteCifar10(folder, "images", training: 30, test: 10);
        using var run = CommandRun.Complete(folder.Path, ["explain", "--data", "cifar10", "--data-dir", "images", .. arguments]);
        Assert.Equal((code, ""), (run.ExitCode, run.Output));
        Assert.StartsWith("sparsekernels: ", run.Errors);
        Assert.Contains(expected, run.Errors);
        Assert.Equal(1, run.Errors.Count(c => c == '\n'));
    }

    private static int Count(CommandRun run, string pattern) => Regex.Count(run.Output, pattern);
}
