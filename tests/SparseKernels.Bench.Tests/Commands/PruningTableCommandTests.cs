using SparseKernels.Bench.Commands;
using SparseKernels.Bench.Reporting;
using SparseKernels.Bench.Tests.Support;
using SparseKernels.Training.Pruning;
using Xunit;

namespace SparseKernels.Bench.Tests.Commands;

public sealed class PruningTableCommandTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("strategies").FullName;

    [Fact]
    public void Run_InPieces_RunsEachOnceAndTellsMeansOfSeeds()
    {
        CifarFile.Write(Path.Combine(_folder, "data_batch_1.bin"), images: 70);
        CifarFile.Write(Path.Combine(_folder, "test_batch.bin"), images: 10);
        var file = Path.Combine(_folder, "runs.jsonl");
        string[] arguments = ["ratios", "strategies", "--model", "resnet20", "--data-dir", _folder, "--epochs", "1", "--batch", "8", "--threads", "1", "--rows", "dense,one-shot", "--seeds", "3-4", "--sparsity", "0.5", "--runs", file];
        Assert.Contains("dense, seed 3: ", Output([.. arguments, "--limit", "3"]));
        var first = PruningTableRun.Read(file);

        // As one that was killed while it wrote its last line leaves the file.
        File.AppendAllText(file, "{\"Model\":\"resn");
        Assert.Equal([("dense", 3UL), ("one-shot", 3UL), ("dense", 4UL)], first.Select(run => (run.Row, run.Seed)));

        var output = Output(arguments);
        var all = PruningTableRun.Read(file);
        Assert.Equal(first, all.Take(3));
        Assert.Equal(("one-shot", 4UL), (all[3].Row, all[3].Seed));
        Assert.DoesNotContain("seed 3", output);
        Assert.Equal(0.5, all[3].Sparsity, 0.01);
        Assert.Equal([0, 0], all.Where(run => run.Row == "dense").Select(run => run.Sparsity));
        Assert.Matches(@"\none-shot +2 ", output);

        // Other settings are other runs.
        Assert.Contains("one-shot, seed 3", Output([.. arguments[..^3], "0.25", "--runs", file, "--limit", "2"]));
    }

    [Fact]
    public void Table_OfSeeds_HasMeansSpreadAndPairedDifferences()
    {
        var run = new PruningTableRun("small", 1, "dense", 1, "", 0.8, 0, 0, 10);
        var lines = PruningTableRun.Table(
        [
            run, run with { Seed = 2, Accuracy = 0.6 }, run with { Row = "gated", Accuracy = 0.75, Sparsity = 0.9, CoarseShare = 0.5, Seconds = 4 },
            run with { Row = "gated", Seed = 2, Accuracy = 0.65, Sparsity = 0.8, CoarseShare = 0.25, Seconds = 6 }, run with { Row = "rigl", Seed = 9 },
        ]).Select(line => string.Join(' ', line.Replace(" %", "%", StringComparison.Ordinal).Split(' ', StringSplitOptions.RemoveEmptyEntries))).ToArray();
        Assert.Equal("dense 2 70.0% 14.14 60.0% 80.0% +0.00 0.0% 0.0% 10", lines[1]);
        Assert.Equal("gated 2 70.0% 7.07 65.0% 75.0% +0.00 85.0% 37.5% 5", lines[2]);
        Assert.Equal("rigl 1 80.0% - 80.0% 80.0% - 0.0% 0.0% 10", lines[3]);
    }

    [Fact]
    public void Settings_OfStrategiesWithoutAGate_HoldOutTheSameImagesAsLongAsTheGatedMay()
    {
        var gated = PruningTableCommand.SettingsOf("gated", 0.9, file: null)!;
        Assert.Null(PruningTableCommand.SettingsOf("dense", 0.9, file: null));
        foreach (var row in (string[])["gradual", "one-shot", "rigl"])
        {
            var settings = PruningTableCommand.SettingsOf(row, 0.9, file: null)!;
            Assert.Equal(gated.End, settings.JudgedUntil);
            Assert.Equal(gated with { Strategy = settings.Strategy, JudgedUntil = gated.End }, settings);
        }
    }

    [Theory]
    [InlineData("gated")]
    [InlineData("gradual")]
    public void Settings_WhereTheGateHoldsNoImagesOut_HoldNoneOutEither(string row)
    {
        var file = Path.Combine(_folder, "settings.json");
        File.WriteAllText(file, "{\"validation\": 0}");
        var settings = PruningTableCommand.SettingsOf(row, 0.9, file)!;
        Assert.Equal((0, 0), (settings.Validation, settings.JudgedUntil));
        Assert.Equal(0, settings.ToOptions().ValidationShare);
    }

    [Fact]
    public void IsSameAs_AnotherBatchOrThreads_IsAnotherRun()
    {
        var run = new PruningTableRun("small", 1, "dense", 1, "", 0.8, 0, 0, 10) { Batch = 64, Threads = 2 };
        Assert.True(run.IsSameAs(run with { Accuracy = 0, Seconds = 0 }));
        Assert.False(run.IsSameAs(run with { Batch = 32 }));
        Assert.False(run.IsSameAs(run with { Threads = 1 }));
    }

    [Fact]
    public void Options_Bad_AreNamed()
    {
        Assert.Equal([1, 4, 5, 6], PruningTableCommand.ParseSeeds("1,4-6"));
        foreach (var seeds in (string[])["x", "5-3", "", "1-2-3"])
            Assert.Contains("--seeds", Assert.Throws<ArgumentException>(() => PruningTableCommand.ParseSeeds(seeds)).Message);
        var file = Path.Combine(_folder, "runs.jsonl");
        File.WriteAllText(file, "{}x\n");
        Assert.Contains(file, Assert.Throws<InvalidDataException>(() => PruningTableRun.Read(file)).Message);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static string Output(string[] arguments)
    {
        var (output, errors) = (new StringWriter(), new StringWriter());
        var code = BenchProgram.Run(arguments, output, errors);
        Assert.True(code == 0, errors.ToString());
        return output.ToString();
    }
}
