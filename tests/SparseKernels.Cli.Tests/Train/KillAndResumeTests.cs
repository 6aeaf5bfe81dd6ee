using SparseKernels.Cli.Tests.Support;
using SparseKernels.TestSupport;
using Xunit;

namespace SparseKernels.Cli.Tests.Train;

/// <summary>A run that ended early, however it ended, goes on to the very bytes of a run that never stopped.</summary>
public class KillAndResumeTests
{
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(2);

    /// <summary>So many epochs that a run goes on for long after the line that a busy machine lets the test see late.</summary>
    private static readonly string[] s_options =
        ["train", "--data", "cifar10", "--data-dir", "images", "--model", "resnet20", "--epochs", "12", "--batch", "10", "--seed", "3", "--prune-tolerance", "1"];

    [Fact]
    public void Resume_AfterKillsInSeveralEpochs_SameBytesAsNeverStopped()
    {
        using var folder = new TemporaryFolder();
        SmallImages.WriteCifar10(folder, "images", training: 80, test: 20);
        using var whole = CommandRun.Complete(folder.Path, [.. s_options, "--out", "whole", "--csv", "whole.csv"]);
        Assert.Equal(0, whole.ExitCode);
        Assert.Matches(@"epoch   4/12 .* sparsity [1-9]", whole.Output);
        Assert.Matches(@"epoch   6/12 .* sparsity [1-9]", whole.Output);

        var kills = 0;
        KillAfterEpoch(folder, "epoch   4/12", [.. s_options, "--out", "killed", "--csv", "killed.csv"], ref kills);
        KillAfterEpoch(folder, "epoch   6/12", ["train", "--data-dir", "images", "--resume", "killed", "--csv", "killed.csv"], ref kills);
        using var last = CommandRun.Complete(folder.Path, "train", "--data-dir", "images", "--resume", "killed", "--csv", "killed.csv");

        Assert.Equal((0, ""), (last.ExitCode, last.Errors));
        Assert.Equal(2, kills);
        Assert.DoesNotContain("epoch   5/12", last.Output);
        AssertSameFiles(folder, "whole", "killed");
        Assert.Equal(Figures(folder.File("whole.csv")), Figures(folder.File("killed.csv")));
    }

    [Theory]
    [InlineData(Signal.Interrupt)]
    [InlineData(Signal.Terminate)]
    [InlineData(Signal.HangUp)]
    public void Resume_AfterSignal_CheckpointAtTheStepAndSameBytes(int signal)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no signals to send to a process without a console");
        using var folder = new TemporaryFolder();
        SmallImages.WriteCifar10(folder, "images", training: 80, test: 20);
        using var whole = CommandRun.Complete(folder.Path, [.. s_options, "--out", "whole"]);

        using var stopped = CommandRun.Start(folder.Path, [.. s_options, "--out", "stopped"]);
        WaitFor(stopped, "epoch   1/12");
        Assert.SkipWhen(Signal.IsIgnored(stopped.Id, signal), $"the command ignores signal {signal}, as the background jobs of a shell do");
        Signal.Send(stopped.Id, signal);
        stopped.WaitForExit();
        Assert.Equal((130, ""), (stopped.ExitCode, stopped.Errors));
        Assert.Matches(@"Stopped at epoch \d, step \d+ of 96", stopped.Output);

        using var resumed = CommandRun.Complete(folder.Path, "train", "--data-dir", "images", "--resume", "stopped");
        Assert.Equal((0, ""), (resumed.ExitCode, resumed.Errors));
        AssertSameFiles(folder, "whole", "stopped");
    }

    private static void KillAfterEpoch(TemporaryFolder folder, string line, string[] arguments, ref int kills)
    {
        using var run = CommandRun.Start(folder.Path, arguments);
        WaitFor(run, line);
        if (run.HasExited) return;
        run.Kill();
        kills++;
    }

    private static void WaitFor(CommandRun run, string text)
    {
        var deadline = DateTime.UtcNow + s_patience;
        while (!run.Output.Contains(text, StringComparison.Ordinal))
        {
            Assert.False(run.HasExited, $"the run ended before '{text}':\n{run.Output}\n{run.Errors}");
            Assert.True(DateTime.UtcNow < deadline, $"'{text}' didn't come within {s_patience}:\n{run.Output}\n{run.Errors}");
            Thread.Sleep(5);
        }
    }

    private static void AssertSameFiles(TemporaryFolder folder, string expected, string actual)
    {
        foreach (var extension in new[] { ".safetensors", ".state.safetensors" })
            Assert.True(File.ReadAllBytes(folder.File(expected + extension)).AsSpan().SequenceEqual(File.ReadAllBytes(folder.File(actual + extension))), $"{actual}{extension} has other bytes than {expected}{extension}");
    }

    /// <summary>Epoch, step, rate and test figures of each line: those that neither speed nor a stop within the epoch changes.</summary>
    private static string[] Figures(string csv) => [.. File.ReadAllLines(csv).Select(line =>
    {
        var cells = line.Split(',');
        return string.Join(',', cells[0], cells[1], cells[2], cells[5], cells[6]);
    })];
}
