using SparseKernels.Cli.Calibrate;
using SparseKernels.Cli.Tests.Support;
using SparseKernels.TestSupport;
using Xunit;

namespace SparseKernels.Cli.Tests.Calibrate;

public class CalibrateCommandTests
{
    [Fact]
    public void Calibrate_FirstAndSecondTime_MeasuresSavesAndIsContent()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("here.json");
        using var first = CommandRun.Complete(folder.Path, ["calibrate", "--seconds", "0.2"], [(Calibration.OverrideVariable, path)]);
        Assert.Equal((0, ""), (first.ExitCode, first.Errors));
        Assert.Contains($"measuring, since there is no file {path}", first.Output);
        Assert.Contains("predictions miss the times", first.Output);
        Assert.NotNull(Calibration.Parse(File.ReadAllText(path)));

        using var second = CommandRun.Complete(folder.Path, ["calibrate"], [(Calibration.OverrideVariable, path)]);
        Assert.Equal((0, ""), (second.ExitCode, second.Errors));
        Assert.Contains("Nothing was measured; --force measures again.", second.Output);

        var before = File.ReadAllText(path);
        using var forced = CommandRun.Complete(
            folder.Path, ["calibrate", "--force", "--seconds", "2"], [(Calibration.OverrideVariable, path)]);
        Assert.Equal(0, forced.ExitCode);
        Assert.DoesNotContain("Nothing was measured", forced.Output);
        Assert.NotEqual(before, File.ReadAllText(path));
    }

    [Theory]
    [InlineData(0.12, false)]
    [InlineData(0.15, false)]
    [InlineData(0.21, true)]
    public void Advice_FitThatMissesByMuch_IsToMeasureAgain(double share, bool gives)
    {
        var advice = CalibrateCommand.Advice(Math.Log(1 + share));
        Assert.Equal(gives, advice is not null);
        if (gives) Assert.Contains("--force", advice);
    }

    [Fact]
    public void Calibrate_FileThatCanNotBeWritten_SaysSoAndSucceeds()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("blocked"), "");
        using var run = CommandRun.Complete(folder.Path, ["calibrate", "--seconds", "0.2"], [(Calibration.OverrideVariable, Path.Combine(folder.File("blocked"), "c.json"))]);
        Assert.Equal((0, ""), (run.ExitCode, run.Errors));
        Assert.Contains("the calibration serves this process alone: ", run.Output);
    }

    [Fact]
    public void Train_NewMachine_MeasuresItOnce()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("here.json");
        Train("dense");
        Assert.False(File.Exists(path));

        var first = Train("reproducible");
        Assert.StartsWith("Measuring this machine's kernels, once", first);
        Assert.Contains($"Calibration: {path}, measured on ", first);
        Assert.NotNull(Calibration.Parse(File.ReadAllText(path)));

        Assert.DoesNotContain("Measuring", Train("automatic"));

        string Train(string schedule)
        {
            string[] arguments = ["train", "--model", "lenet", "--epochs", "1", "--threads", "1", "--prune", "none", "--schedule", schedule, "--out", folder.File($"{schedule}.safetensors")];
            using var run = CommandRun.Complete(folder.Path, arguments, [(Calibration.OverrideVariable, path)]);
            Assert.Equal((0, ""), (run.ExitCode, run.Errors));
            return run.Output;
        }
    }

    [Theory]
    [InlineData("0")]
    [InlineData("-1")]
    [InlineData("many")]
    public void Calibrate_BadSeconds_OneLineAndNonZero(string seconds)
    {
        using var folder = new TemporaryFolder();
        using var run = CommandRun.Complete(folder.Path, "calibrate", "--seconds", seconds);
        Assert.Equal((2, ""), (run.ExitCode, run.Output));
        Assert.Equal($"sparsekernels: --seconds must be a number over 0 and up to 3600, got {seconds}.\n", run.Errors);
    }
}
