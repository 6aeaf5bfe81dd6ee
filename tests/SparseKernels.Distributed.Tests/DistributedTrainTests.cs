using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using SparseKernels.Distributed.Tests.Support;
using SparseKernels.TestSupport;
using SparseKernels.Training.Checkpoints;
using Xunit;

namespace SparseKernels.Distributed.Tests;

/// <summary>The command on real ranks. They run one after the other: each wants the machine for itself.</summary>
public class DistributedTrainTests
{
    /// <summary>How often a rank is killed, on each library.</summary>
    private const string KillsVariable = "SPARSEKERNELS_MPI_KILLS";

    [Theory, MemberData(nameof(MpiRun.Libraries), MemberType = typeof(MpiRun))]
    public void Train_TwoAndThreeRanks_AsOneProcessButForRounding(string library)
    {
        using var folder = Images();
        using var one = MpiRun.Alone(folder.Path, [], Train("--epochs", "2", "--out", "one"));
        Assert.True(one.Wait() == 0, one.End);
        foreach (var ranks in (int[])[2, 3])
        {
            using var run = MpiRun.Start(library, ranks, folder.Path, Train("--epochs", "2", "--out", $"on{ranks}"));
            Assert.True(run.Wait() == 0, run.End);
            Assert.Contains($"{ranks} ranks over ", run.Output, StringComparison.Ordinal);
            Assert.Contains("bytes a step", run.Output, StringComparison.Ordinal);
            Assert.Equal(2, run.Output.Split("epoch   2/2").Length); // One speaks.
            var (expected, got) = (Checkpoint.Load(folder.File("one.safetensors")), Checkpoint.Load(folder.File($"on{ranks}.safetensors")));
            Assert.Equal(expected.Progress, got.Progress);
            foreach (var (a, b) in expected.Model.Zip(got.Model))
                Assert.True(a.Values.Zip(b.Values, (x, y) => Math.Abs(x - y)).Max() < 1e-4 * a.Values.Max(Math.Abs), a.Name);
        }
    }

    [Fact]
    public void Train_PrunedOnBothLibraries_SameBits()
    {
        using var folder = Images();
        foreach (var library in (string[])["openmpi", "mpich"])
        {
            using var run = MpiRun.Start(library, 3, folder.Path, Train("--epochs", "3", "--prune-tolerance", "1", "--out", library));
            Assert.True(run.Wait() == 0, run.End);
        }

        Assert.Equal(File.ReadAllBytes(folder.File("openmpi.state.safetensors")), File.ReadAllBytes(folder.File("mpich.state.safetensors")));
    }

    [Theory, MemberData(nameof(MpiRun.Libraries), MemberType = typeof(MpiRun))]
    public void Train_OneRankWithOtherOptions_IsRefusedInOneLine(string library)
    {
        using var folder = Images();
        using var run = MpiRun.StartEach(library, folder.Path, Train("--lr", "0.1", "--out", "a"), Train("--lr", "0.2", "--out", "a"));
        Assert.NotEqual(0, run.Wait());
        Assert.Contains(
            "sparsekernels: rank 1 of 2: it has learning-rate 0.2, rank 0 has 0.1; all ranks must be given the same.", Lines(run), StringComparer.Ordinal);
        Assert.Single(Lines(run), line => line.StartsWith("sparsekernels:", StringComparison.Ordinal));
        Assert.False(File.Exists(folder.File("a.state.safetensors")));
    }

    [Theory, MemberData(nameof(MpiRun.Libraries), MemberType = typeof(MpiRun))]
    public void Train_OneRankWithAnOptionThatThereIsNot_EndsAllInOneLine(string library)
    {
        using var folder = Images();
        using var run = MpiRun.StartEach(library, folder.Path, Train("--out", "a"), Train("--out", "a", "--nothing"));
        Assert.NotEqual(0, run.Wait());
        var line = Assert.Single(Lines(run), line => line.StartsWith("sparsekernels:", StringComparison.Ordinal));
        Assert.Equal("sparsekernels: rank 1 of 2: unknown command or option '--nothing'; --help lists all.", line);
    }

    [Theory, MemberData(nameof(MpiRun.Libraries), MemberType = typeof(MpiRun))]
    public void Train_OneRankWithoutTheData_EndsAllInOneLine(string library)
    {
        using var folder = Images();
        using var run = MpiRun.StartEach(library, folder.Path, Train("--out", "a"), Train("--out", "a", "--data-dir", "nowhere"));
        Assert.NotEqual(0, run.Wait());
        var line = Assert.Single(Lines(run), line => line.StartsWith("sparsekernels:", StringComparison.Ordinal));
        Assert.StartsWith("sparsekernels: rank 1 of 2: ", line, StringComparison.Ordinal);
        Assert.Contains("nowhere", line, StringComparison.Ordinal);
    }

    [Theory, MemberData(nameof(MpiRun.Libraries), MemberType = typeof(MpiRun))]
    public void Train_OneRankIsToldToStop_AllStopWithACheckpointThatOtherNumbersResume(string library)
    {
        using var folder = Images();
        using (var run = MpiRun.Start(library, 2, folder.Path, Train("--epochs", "100000", "--out", "a")))
        {
            run.WaitFor("epoch   1/");
            Signal.Send(MpiRun.ProcessOf(1, folder.Path), Signal.Terminate);
            Assert.NotEqual(0, run.Wait());
            Assert.Contains("Stopped at epoch", run.Output, StringComparison.Ordinal);
        }

        var stopped = Checkpoint.Load(folder.File("a.safetensors")).Progress;
        Assert.True(stopped.Step >= 10);
        using var resumed = MpiRun.Start(library, 3, folder.Path, [.. MpiRun.Command, "train", "--resume", "a", "--data-dir", ".", "--threads", "1"]);
        resumed.WaitFor($"Going on from step {stopped.Step} ");
        Signal.Send(MpiRun.ProcessOf(0, folder.Path), Signal.Terminate);
        Assert.NotEqual(0, resumed.Wait());
        Assert.True(Checkpoint.Load(folder.File("a.safetensors")).Progress.Step > stopped.Step);
    }

    [Theory, MemberData(nameof(MpiRun.Libraries), MemberType = typeof(MpiRun))]
    public void Train_OneRankFailsAlone_EndsAllInOneLineOfTheCommand(string library)
    {
        using var folder = Images();
        using var run = MpiRun.Start(library, 2, folder.Path, Train("--epochs", "100000", "--out", "sub/a"));
        run.WaitFor("epoch   1/");
        Directory.Move(folder.File("sub"), folder.File("gone"));
        Assert.NotEqual(0, run.Wait());
        var line = Assert.Single(Lines(run), line => line.Contains("rank 0 of 2: ", StringComparison.Ordinal));
        Assert.StartsWith("sparsekernels: rank 0 of 2: ", line, StringComparison.Ordinal);
        Assert.EndsWith("sub/a.safetensors, with --resume", line, StringComparison.Ordinal);
    }

    [Theory, MemberData(nameof(MpiRun.Libraries), MemberType = typeof(MpiRun))]
    public void Train_RanksKilledAtRandomMoments_OthersEndAndTheRunGoesOnToItsEnd(string library)
    {
        var kills = int.Parse(Environment.GetEnvironmentVariable(KillsVariable) ?? "2", CultureInfo.InvariantCulture);
        var random = new Random(kills);
        using var folder = Images();
        for (var kill = 0; kill < kills; kill++)
        {
            using var run = MpiRun.Start(library, 2 + (kill % 2), folder.Path, Next("--epochs", "100000"));
            run.WaitFor(" ranks over ");
            Thread.Sleep(random.Next(1500));
            Signal.Send(MpiRun.ProcessOf(random.Next(2), folder.Path), Signal.Kill);
            Assert.NotEqual(0, run.Wait());
        }

        // What is left goes on, and stops when told to.
        var before = Checkpoint.Load(folder.File("a.safetensors")).Progress.Step;
        using var last = MpiRun.Start(library, 2, folder.Path, Next());

        // A run that was killed before its first step begins anew.
        if (before > 0) last.WaitFor($"step {before} of");
        last.WaitFor("epoch ");
        Signal.Send(MpiRun.ProcessOf(0, folder.Path), Signal.Terminate);
        Assert.NotEqual(0, last.Wait());
        Assert.True(Checkpoint.Load(folder.File("a.safetensors")).Progress.Step > before);

        string[] Next(params string[] options) => File.Exists(folder.File("a.state.safetensors"))
            ? [.. MpiRun.Command, "train", "--resume", "a", "--data-dir", ".", "--threads", "1"]
            : Train([.. options, "--out", "a"]);
    }

    [Theory, MemberData(nameof(MpiRun.Libraries), MemberType = typeof(MpiRun))]
    public void DistributeYourOwnLoop_TwoRanks_AsAlone(string library)
    {
        using var folder = new TemporaryFolder();
        string[] program = [MpiRun.Command[0], Path.Combine(AppContext.BaseDirectory, "DistributeYourOwnLoop.dll")];
        using var alone = MpiRun.Alone(folder.Path, [], program);
        Assert.Equal(0, alone.Wait());
        using var run = MpiRun.Start(library, 2, folder.Path, program);
        Assert.True(run.Wait() == 0, run.End);
        var (expected, got) = (Lines(alone).Where(line => line.Length > 0).ToArray(), Lines(run).Where(line => line.Length > 0).ToArray());
        Assert.Equal(3, expected.Length);
        foreach (var (a, b) in expected.Zip(got)) Assert.Equal(Loss(a), Loss(b), 5e-3);
        Assert.Equal(expected.Select(line => line.Split(", ", 2)[1]), got.Select(line => line.Split(", ", 2)[1]));

        static double Loss(string line) => double.Parse(line.Split("loss ")[1].Split(',')[0], CultureInfo.InvariantCulture);
    }

    [Theory]
    [InlineData("openmpi", "libmpich.so.12")]
    [InlineData("mpich", "libmpi.so.40")]
    public void Train_LibraryOfAnotherKindThanTheLauncher_IsRefused(string launcher, string library)
    {
        Assert.SkipUnless(NativeLibrary.TryLoad(library, out _), $"There is no {library}.");
        using var folder = Images();
        using var run = MpiRun.Start(launcher, 2, folder.Path, ["env", $"SPARSEKERNELS_MPI={library}", .. Train("--out", "a")]);
        Assert.NotEqual(0, run.Wait());
        Assert.Matches($"sparsekernels: the launcher says rank [01] of 2, {Regex.Escape(library)} says 0 of 1: they are of different kinds of MPI", run.Output);
        Assert.False(File.Exists(folder.File("a.state.safetensors")));
    }

    [Fact]
    public void Train_WithoutALibrary_SaysWhatToInstall()
    {
        using var folder = Images();
        using var run = MpiRun.Alone(folder.Path, [("SPARSEKERNELS_MPI", "libnothing.so")], Train("--distributed", "mpi", "--out", "a"));
        Assert.Equal(1, run.Wait());
        Assert.Equal(
            "sparsekernels: SPARSEKERNELS_MPI is 'libnothing.so', which is no library that can be loaded and has MPI's functions.", run.Output.TrimEnd());
    }

    [Fact]
    public void Train_NotLaunchedOrOff_LoadsNoLibrary()
    {
        using var folder = Images();
        foreach (var options in (string[][])[["--out", "a"], ["--distributed", "off", "--out", "b"]])
        {
            using var run = MpiRun.Alone(
                folder.Path, [("SPARSEKERNELS_MPI", "libnothing.so"), ("OMPI_COMM_WORLD_SIZE", options[0] == "--out" ? "" : "2"), ("OMPI_COMM_WORLD_RANK", "0")],
                Train([.. options, "--epochs", "1"]));
            Assert.True(run.Wait() == 0, run.End);
        }
    }

    private static IEnumerable<string> Lines(MpiRun run) => run.Output.Split('\n').Select(line => line.TrimEnd('\r'));

    private static string[] Train(params string[] options) =>
    [
        .. MpiRun.Command, "train", "--data", "cifar10", "--model", "lenet", "--batch", "8", "--seed", "5", "--threads", "1",
        .. options.Contains("--data-dir") ? (string[])[] : ["--data-dir", "."], .. options.Contains("--prune-tolerance") ? (string[])[] : ["--prune", "none"], .. options,
    ];

    /// <summary>Images of CIFAR-10's form: a label and 3072 bytes each.</summary>
    private static TemporaryFolder Images()
    {
        var folder = new TemporaryFolder();
        var random = new Random(3);
        foreach (var (name, count) in (ReadOnlySpan<(string, int)>)[("data_batch_1.bin", 80), ("test_batch.bin", 20)])
        {
            var bytes = new byte[count * 3073];
            random.NextBytes(bytes);
            for (var i = 0; i < count; i++) bytes[i * 3073] = (byte)(i % 10);
            folder.Write(name, bytes);
        }

        return folder;
    }
}
