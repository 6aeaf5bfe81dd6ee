using SparseKernels.Cli.Tests.Support;
using SparseKernels.Isa;
using SparseKernels.TestSupport;
using Xunit;

namespace SparseKernels.Cli.Tests.Train;

/// <summary>Where a run writes: its own files are its own, two runs don't share any, and links stay links.</summary>
public class TrainOutputTests
{
    private static readonly string[] s_options =
        ["train", "--data", "cifar10", "--data-dir", "images", "--model", "lenet", "--batch", "10", "--prune", "none"];

    [Fact]
    public void Train_RunInProgress_SecondRunOnItsFilesIsRefused()
    {
        using var folder = Images();
        using var first = CommandRun.Start(folder.Path, [.. s_options, "--epochs", "5000", "--out", "run", "--csv", "run.csv"]);
        var deadline = DateTime.UtcNow + TimeSpan.FromMinutes(2);
        while (!File.Exists(folder.File("run.state.safetensors")))
        {
            Assert.False(first.HasExited, first.Output + first.Errors);
            Assert.True(DateTime.UtcNow < deadline, "no checkpoint came");
            Thread.Sleep(5);
        }

        AssertFails(folder, "another run writes 'run.safetensors'", "train", "--data-dir", "images", "--resume", "run");
        AssertFails(folder, "another run writes 'run.csv'", [.. s_options, "--resume", "run", "--out", "other", "--csv", "run.csv"]);
        first.Kill();

        // The lock went with its process.
        File.Delete(folder.File("other.state.safetensors"));
        File.Delete(folder.File("other.safetensors"));
        using var interrupted = CommandRun.Start(folder.Path, "train", "--data-dir", "images", "--resume", "run", "--csv", "run.csv");
        while (!interrupted.Output.Contains("Going on from step", StringComparison.Ordinal))
        {
            Assert.False(interrupted.HasExited, interrupted.Output + interrupted.Errors);
            Assert.True(DateTime.UtcNow < deadline, "the run didn't go on");
            Thread.Sleep(5);
        }
    }

    [Theory]
    [InlineData("c.safetensors")]
    [InlineData("c.state.safetensors")]
    [InlineData("./c.report.md")]
    public void Train_CsvIsAFileOfTheRun_Refused(string csv)
    {
        using var folder = Images();
        AssertFails(folder, $"--csv '{csv}' is the run's own file", [.. s_options, "--epochs", "1", "--out", "c", "--csv", csv]);
        Assert.False(File.Exists(folder.File("c.safetensors")));
    }

    [Fact]
    public void Train_ResumeWithOut_GoesOnUnderTheOtherName()
    {
        using var folder = Images();
        using (var first = CommandRun.Complete(folder.Path, [.. s_options, "--epochs", "2", "--out", "a"])) Assert.Equal((0, ""), (first.ExitCode, first.Errors));
        var before = File.ReadAllBytes(folder.File("a.state.safetensors"));
        using var second = CommandRun.Complete(folder.Path, "train", "--data-dir", "images", "--resume", "a", "--out", "b");
        Assert.Equal((0, ""), (second.ExitCode, second.Errors));
        Assert.Equal(before, File.ReadAllBytes(folder.File("a.state.safetensors")));
        Assert.Equal(before, File.ReadAllBytes(folder.File("b.state.safetensors")));
        Assert.Equal(File.ReadAllBytes(folder.File("a.safetensors")), File.ReadAllBytes(folder.File("b.safetensors")));
        AssertFails(folder, "'b.safetensors' exists already", "train", "--data-dir", "images", "--resume", "a", "--out", "b");
    }

    [Fact]
    public void Resume_StateFileBehindALink_WritesWhatTheLinkPointsTo()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "links need a privilege on Windows");
        using var folder = Images();
        using (var first = CommandRun.Complete(folder.Path, [.. s_options, "--epochs", "1", "--out", "a"])) Assert.Equal(0, first.ExitCode);
        Directory.CreateDirectory(folder.File("disk"));
        File.Move(folder.File("a.safetensors"), folder.File("disk/weights"));
        File.CreateSymbolicLink(folder.File("a.safetensors"), "disk/weights");
        File.Delete(folder.File("disk/weights"));
        using var second = CommandRun.Complete(folder.Path, "train", "--data-dir", "images", "--resume", "a");
        Assert.Equal((0, ""), (second.ExitCode, second.Errors));
        Assert.Equal("disk/weights", new FileInfo(folder.File("a.safetensors")).LinkTarget);
        Assert.True(new FileInfo(folder.File("disk/weights")).Length > 0);
    }

    [Fact]
    public void Resume_CompleteRunThatLostItsReportAndWeights_WritesThemAnew()
    {
        using var folder = Images();
        string[] pruned = ["train", "--data", "cifar10", "--data-dir", "images", "--model", "lenet", "--batch", "10", "--prune", "gradual", "--epochs", "3"];
        using (var whole = CommandRun.Complete(folder.Path, [.. pruned, "--out", "a"])) Assert.Equal(0, whole.ExitCode);
        var weights = File.ReadAllBytes(folder.File("a.safetensors"));
        var accuracy = File.ReadAllLines(folder.File("a.report.md"))[2].Split("**")[1];
        File.Delete(folder.File("a.report.md"));
        File.Delete(folder.File("a.safetensors"));
        using (var again = CommandRun.Complete(folder.Path, "train", "--data-dir", "images", "--resume", "a"))
        {
            Assert.Equal((0, ""), (again.ExitCode, again.Errors));
            Assert.Contains("The run was complete already. Its report was lost and is written anew: a.report.md", again.Output);
        }

        Assert.Equal(weights, File.ReadAllBytes(folder.File("a.safetensors")));
        Assert.Contains($"**{accuracy}** after 3 epochs", File.ReadAllText(folder.File("a.report.md")));
        Assert.Contains("## Pruning", File.ReadAllText(folder.File("a.report.md")));
        using var third = CommandRun.Complete(folder.Path, "train", "--data-dir", "images", "--resume", "a");
        Assert.Contains("The run was complete already.\n", third.Output);
    }

    [Fact]
    public void Resume_OnAnotherInstructionSet_SaysThatBitsDiffer()
    {
        using var folder = Images();
        using (var first = CommandRun.Complete(folder.Path, [.. s_options, "--epochs", "1", "--out", "a"], [("SPARSEKERNELS_ISA", "scalar")])) Assert.Equal((0, ""), (first.ExitCode, first.Errors));
        using var same = CommandRun.Complete(folder.Path, ["train", "--data-dir", "images", "--resume", "a"], [("SPARSEKERNELS_ISA", "scalar")]);
        Assert.DoesNotContain("last bits", same.Output);
        Assert.SkipWhen(InstructionSet.Current == InstructionSetKind.Scalar, "there is no other instruction set here");
        using var other = CommandRun.Complete(folder.Path, "train", "--data-dir", "images", "--resume", "a");
        Assert.Equal((0, ""), (other.ExitCode, other.Errors));
        Assert.Contains("The run was on scalar before: from here on its last bits differ", other.Output);
    }

    [Theory]
    [InlineData("2")]
    [InlineData("2,16,0.05")]
    public void Resume_CsvWhoseLastLineWasCut_GoesOnBehindTheWholeOnes(string rest)
    {
        using var folder = Images();
        using (var whole = CommandRun.Complete(folder.Path, [.. s_options, "--epochs", "2", "--out", "a", "--csv", "a.csv"])) Assert.Equal(0, whole.ExitCode);
        var lines = File.ReadAllLines(folder.File("a.csv"));
        Assert.Equal(3, lines.Length);
        File.WriteAllText(folder.File("a.csv"), $"{lines[0]}\n{lines[1]}\n{rest}");
        using var second = CommandRun.Complete(folder.Path, "train", "--data-dir", "images", "--resume", "a", "--csv", "a.csv");
        Assert.Equal((0, ""), (second.ExitCode, second.Errors));
        Assert.Equal(lines[..2], File.ReadAllLines(folder.File("a.csv")));
    }

    [Fact]
    public void Command_ClosedOutputOrFolderThatIsGone_SaysSo()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "needs a shell that closes files");
        using var folder = new TemporaryFolder();
        using (var closed = CommandRun.CompleteInShell(folder.Path, "{0} describe >&-"))
            Assert.Equal((1, "sparsekernels: standard output is closed or can't be written; send it to /dev/null if it isn't wanted.\n"), (closed.ExitCode, closed.Errors));
        using var gone = CommandRun.CompleteInShell(folder.Path, "mkdir gone && cd gone && rmdir ../gone && {0} describe");
        Assert.Equal((1, "sparsekernels: the working folder is gone: go to one that exists.\n"), (gone.ExitCode, gone.Errors));
    }

    private static TemporaryFolder Images()
    {
        var folder = new TemporaryFolder();
        SmallImages.WriteCifar10(folder, "images", training: 80, test: 20);
        return folder;
    }

    private static void AssertFails(TemporaryFolder folder, string expected, params string[] arguments)
    {
        using var run = CommandRun.Complete(folder.Path, arguments);
        Assert.Equal(1, run.ExitCode);
        Assert.Contains(expected, run.Errors);
        Assert.Single(run.Errors.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }
}
