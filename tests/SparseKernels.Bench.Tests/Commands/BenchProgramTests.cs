using System.Text.Json;
using SparseKernels.Bench.Commands;
using SparseKernels.Bench.Tests.Support;
using SparseKernels.Isa;
using Xunit;

namespace SparseKernels.Bench.Tests.Commands;

public sealed class BenchProgramTests
{
    [Theory]
    [InlineData("endurance --minutes 0", "--minutes: expected a number from 0.01 to 10000, got '0'")]
    [InlineData("ratios --threads x", "--threads: expected a whole number from 1 to 1024, got 'x'")]
    [InlineData("ratios --threads 0", "--threads: expected a whole number from 1 to 1024, got '0'")]
    [InlineData("ratios --batch -1", "--batch: expected a whole number from 1 to 65536, got '-1'")]
    [InlineData("ratios --seconds 0", "--seconds: expected a number from 0.001 to 3600, got '0'")]
    [InlineData("ratios --isa sse", "--isa sse: not available here")]
    [InlineData("ratios --layers none", "--layers none: no such file")]
    [InlineData("ratios --passes Sideways", "--passes Sideways: unknown pass 'Sideways'")]
    [InlineData("ratios --json no/such/folder/rows.json", "the folder")]
    [InlineData("ratios --nonsense", "'--nonsense'")]
    [InlineData("ratios step --models alexnet", "--models alexnet: unknown model 'alexnet'; known: vgg-small")]
    [InlineData("ratios step --masked 1", "--masked: expected a number from 0.001 to 0.999, got '1'")]
    [InlineData("ratios step --schedule fastest", "--schedule fastest: 'fastest' is no schedule")]
    [InlineData("ratios step --schedule ,", "--schedule ,: expected at least one schedule")]
    [InlineData("ratios step --warm-up-steps -1", "--warm-up-steps: expected a whole number from 0 to 100000, got '-1'")]
    [InlineData("ratios predict --batch 1,0", "--batch: expected whole numbers from 1 to 65536, got '0'")]
    [InlineData("ratios predict --models alexnet", "--models alexnet: unknown model 'alexnet'; known: vgg-small")]
    [InlineData("ratios step --batch 0", "--batch: expected a whole number from 1 to 65536, got '0'")]
    [InlineData("ratios torch --models vgg-small,alexnet", "--models must be of vgg-small, resnet20, resnet18, mobilenet_v2, node, got 'alexnet'")]
    [InlineData("ratios torch --masked 1", "--masked must be 0 or more and under 1, got 1")]
    [InlineData("ratios recipe --epochs 0", "--epochs: expected a whole number from 1 to 100000, got '0'")]
    [InlineData("ratios recipe --data-dir no/such/folder", "CIFAR-10 isn't in")]
    [InlineData("ratios recipe --model vgg-small,lenet", "--model")]
    [InlineData("ratios recipe --prune magic", "--prune: expected gated, gradual, one-shot or rigl, got 'magic'")]
    [InlineData("ratios recipe --prune gradual --sparsity 1", "--sparsity: expected a number from 0 to 0.999, got '1'")]
    [InlineData("ratios recipe --sparsity 0.5", "--sparsity and --prune-settings need --prune")]
    [InlineData("ratios sparse --fine 0", "--fine: expected numbers over 0 up to 1, got '0'")]
    [InlineData("ratios sparse --coarse 0.5,x", "--coarse: expected numbers over 0 up to 1, got 'x'")]
    [InlineData("ratios sparse --cells WeightWeight", "--cells WeightWeight: unknown cell 'WeightWeight'")]
    [InlineData("ratios sparse --pairs --fine 0.5", "--pairs has densities of its own")]
    [InlineData("ratios sparse --passes Forward --cells InputOutput", "leave no case")]
    [InlineData("ratios sparse --captured no/such/folder", "--captured no/such/folder: there is no such folder")]
    [InlineData("ratios sparse --captured . --pairs", "--captured has pairs of its own")]
    [InlineData("ratios sparse --captured . --passes Forward --cells InputOutput", "the output's mask in Forward was not captured")]
    [InlineData("ratios sparse --captured . --layers no/such/layer", "no file whose name contains no/such/layer ends in .patterns")]
    [InlineData("ratios sparse --group 0", "--group: expected a whole number from 1 to 65536, got '0'")]
    [InlineData("ratios sparse --layers none", "--layers none: no such file")]
    [InlineData("ratios counting --json counting.json", "--json: this comparison has no rows for it")]
    [InlineData("ratios partition", "--captured: expected a folder of captured zeros, got none")]
    [InlineData("ratios partition --captured no/such/folder", "there is no such folder")]
    [InlineData("calibrate --threads 2", "--threads: probes run on 1, got 2")]
    [InlineData("calibrate --json rows.json", "--json: this comparison has no rows for it")]
    [InlineData("calibrate --repeats 0", "--repeats: expected a whole number from 1 to 100, got '0'")]
    [InlineData("calibrate --layers none", "--layers none: no such file")]
    [InlineData("ratios scaling --threads 1", "--threads: expected 2 or more to compare with one, got 1")]
    public void Run_BadOption_GivesOneLineAndFails(string commandLine, string message)
    {
        var (output, error) = (new StringWriter(), new StringWriter());

        Assert.Equal(1, BenchProgram.Run(commandLine.Split(' '), output, error));
        Assert.Single(error.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.StartsWith("error: ", error.ToString());
        Assert.Contains(message, error.ToString());
        Assert.Empty(output.ToString());
    }

    [Theory]
    [InlineData("bdn --list flat", 0)]
    [InlineData("bdn --filter *NoSuchSuite*", 1)]
    public void Run_Suites_ExitCodeSaysWhetherAnyWasFound(string commandLine, int exit) =>
        Assert.Equal(exit, BenchProgram.Run(commandLine.Split(' '), new StringWriter(), new StringWriter()));

    [Fact]
    public void Run_CalibrateInLittleTime_ReportsAndWritesACalibration()
    {
        var folder = Directory.CreateTempSubdirectory("calibrate").FullName;
        try
        {
            var (shapes, made) = (Path.Combine(folder, "tiny.txt"), Path.Combine(folder, "made.json"));
            File.WriteAllText(shapes, "16-16-6-3x3 16 6 6 16 3 3 padding=1");
            var (output, error) = (new StringWriter(), new StringWriter());
            var exit = BenchProgram.Run(["calibrate", "--seconds", "4", "--layers", shapes, "--defaults", made], output, error);
            Assert.Equal((0, ""), (exit, error.ToString()));
            Assert.Contains("probes: ", output.ToString());
            Assert.Matches("16-16-6-3x3: [0-9]+ samples, mean .*; regret of [0-9]+ choices", output.ToString());
            Assert.Contains("forward/datafine", output.ToString());
            Assert.Equal(InstructionSet.Current, Calibration.Parse(File.ReadAllText(made)).InstructionSet);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void Run_RatiosOfATinyShapesFile_ChecksTimesAndWritesEveryRow()
    {
        var folder = Directory.CreateTempSubdirectory("ratios").FullName;
        try
        {
            var shapes = Path.Combine(folder, "tiny.txt");
            var json = Path.Combine(folder, "rows.json");
            File.WriteAllText(shapes, "tiny 4 6 6 8 3 3 padding=1\ntiny-dw 4 6 6 4 3 3 padding=1x0 stride=2x1 groups=4\n");
            var (output, error) = (new StringWriter(), new StringWriter());

            var exit = BenchProgram.Run(
                ["ratios", "--layers", shapes, "--batch", "2", "--seconds", "0.01", "--blocked", "--json", json], output, error);

            Assert.True(exit == 0, error.ToString());
            using var parsed = JsonDocument.Parse(File.ReadAllText(json));
            var rows = parsed.RootElement.EnumerateArray().ToArray();
            Assert.Equal(12, rows.Length);
            Assert.Equal(["Forward", "BackwardData", "BackwardWeights", "Forward blocked", "BackwardData blocked", "BackwardWeights blocked"],
                rows.Take(6).Select(row => row.GetProperty("pass").GetString()));
            Assert.All(rows, row => Assert.True(row.GetProperty("ours_ms").GetDouble() > 0));
            var hasPeer = output.ToString().Contains("against TorchSharp");
            Assert.True(hasPeer || output.ToString().Contains("no peer: TorchSharp"), output.ToString());
            Assert.All(rows, row => Assert.Equal(hasPeer && !row.GetProperty("pass").GetString()!.EndsWith("blocked"), row.GetProperty("ratio").ValueKind == JsonValueKind.Number));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Theory]
    [InlineData("--cells all --fine 0.3,1 --coarse 0.5", 36)]
    [InlineData("--pairs --passes BackwardData --no-peer --group 16 --group-rows", 12)]
    public void Run_SparseOnATinyShapesFile_ChecksTimesAndWritesEveryRow(string options, int expected)
    {
        var folder = Directory.CreateTempSubdirectory("sparse").FullName;
        try
        {
            var shapes = Path.Combine(folder, "tiny.txt");
            var json = Path.Combine(folder, "rows.json");
            File.WriteAllText(shapes, "tiny 20 5 6 24 3 3 padding=1\n");
            var (output, error) = (new StringWriter(), new StringWriter());

            var exit = BenchProgram.Run(
                ["ratios", "sparse", "--layers", shapes, "--batch", "2", "--seconds", "0.001", "--json", json, .. options.Split(' ')],
                output, error);

            Assert.True(exit == 0, error.ToString());
            using var parsed = JsonDocument.Parse(File.ReadAllText(json));
            var rows = parsed.RootElement.EnumerateArray().ToArray();
            Assert.Equal(expected, rows.Length);
            Assert.All(rows, row =>
            {
                var (effective, peak) = (row.GetProperty("effective_gflops").GetDouble(), row.GetProperty("peak_gflops").GetDouble());
                Assert.Equal(effective / peak, row.GetProperty("multiple_of_peak").GetDouble(), 9);
                Assert.InRange(row.GetProperty("work_left_gflops").GetDouble() / effective, 0.01, 1);
                Assert.True(row.GetProperty("ours_ms").GetDouble() > 0 && row.GetProperty("ours_dense_ms").GetDouble() > 0);
            });
            Assert.Equal(expected, output.ToString().Split('\n').Count(line => line.StartsWith("tiny ", StringComparison.Ordinal)));
            Assert.Contains("effective GFLOP/s over the FMA peak, geometric means", output.ToString());
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void Run_Counting_TimesEveryLayerAtEverySize()
    {
        var (output, error) = (new StringWriter(), new StringWriter());

        var exit = BenchProgram.Run(["ratios", "counting", "--batch", "2", "--seconds", "0.001"], output, error);

        Assert.True(exit == 0, error.ToString());
        foreach (var layer in new[] { "ReLU", @"batch norm \+ ReLU", @"the same \+ pooling", "pooling" })
            Assert.Matches($@"\n{layer} +\[64, \d+, \d+\] +[0-9.]+ +[0-9.]+ +[+-][0-9.]+% +[0-9.]+ +[+-][0-9.]+%\n", output.ToString());
    }

    [Fact]
    public void Run_Scaling_FindsEqualResultsAndTimesThem()
    {
        var (output, error) = (new StringWriter(), new StringWriter());

        var exit = BenchProgram.Run(["ratios", "scaling", "--models", "lenet", "--batch", "4", "--seconds", "0.01"], output, error);

        Assert.True(exit == 0, error.ToString());
        Assert.Matches(@"lenet +step, speed-up +[0-9.]+ +[0-9.]+ +[0-9.]+x ", output.ToString());
    }

    [Fact]
    public void Run_PrunedRecipeOnAFewImages_ReachesTheSparsityAndWritesEveryFigure()
    {
        var folder = Directory.CreateTempSubdirectory("recipe").FullName;
        try
        {
            CifarFile.Write(Path.Combine(folder, "data_batch_1.bin"), images: 80);
            CifarFile.Write(Path.Combine(folder, "test_batch.bin"), images: 20);
            var json = Path.Combine(folder, "rows.json");
            var (output, error) = (new StringWriter(), new StringWriter());

            var exit = BenchProgram.Run(
                ["ratios", "recipe", "--model", "resnet20", "--batch", "16", "--epochs", "3", "--prune", "gradual", "--sparsity", "0.9", "--seed", "4", "--data-dir", folder, "--json", json], output, error);

            Assert.True(exit == 0, error.ToString());
            for (var epoch = 1; epoch <= 3; epoch++) Assert.Single(
                output.ToString().Split('\n'), line => line.StartsWith($"    {epoch} ", StringComparison.Ordinal));
            Assert.Contains("ours holds 0 training images out while it prunes", output.ToString(), StringComparison.Ordinal);
            using var parsed = JsonDocument.Parse(File.ReadAllText(json));
            var row = parsed.RootElement[0];
            Assert.Equal(("gradual magnitude", 4), (row.GetProperty("strategy").GetString(), row.GetProperty("seed").GetInt32()));
            Assert.Equal(0.9, row.GetProperty("sparsity").GetDouble(), 1e-3);
            Assert.InRange(row.GetProperty("file_ratio").GetDouble(), 0.1, 0.2);
            Assert.InRange(row.GetProperty("bytes_ratio").GetDouble(), 0.01, 1);
            foreach (var name in new[] { "accuracy", "seconds", "start_ms", "end_ms", "step_ratio", "pruning_share", "validation_share" })
                Assert.True(row.GetProperty(name).GetDouble() is >= 0 and < 1e6, name);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void Run_RecipeOnAFewImages_TrainsBothSidesAlike()
    {
        var folder = Directory.CreateTempSubdirectory("recipe").FullName;
        try
        {
            CifarFile.Write(Path.Combine(folder, "data_batch_1.bin"), images: 40);
            CifarFile.Write(Path.Combine(folder, "test_batch.bin"), images: 20);
            var json = Path.Combine(folder, "rows.json");
            var (output, error) = (new StringWriter(), new StringWriter());

            var exit = BenchProgram.Run(
                ["ratios", "recipe", "--model", "resnet20", "--batch", "16", "--epochs", "2", "--data-dir", folder, "--json", json], output,
                error);

            Assert.True(exit == 0, error.ToString());
            var lines = output.ToString().Split('\n');
            Assert.Single(lines, line => line.StartsWith("    1 ", StringComparison.Ordinal));
            Assert.Single(lines, line => line.StartsWith("    2 ", StringComparison.Ordinal));
            Assert.Single(lines, line => line.StartsWith("ours: accuracy ", StringComparison.Ordinal));
            using var parsed = JsonDocument.Parse(File.ReadAllText(json));
            Assert.True(parsed.RootElement[0].GetProperty("ours_ms").GetDouble() > 0);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
