using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using SparseKernels.Bench.Commands;
using SparseKernels.Bench.Learning;
using SparseKernels.Bench.Tests.Support;
using SparseKernels.Onnx;
using SparseKernels.Training.Checkpoints;
using SparseKernels.Training.Parameters;
using Xunit;

namespace SparseKernels.Bench.Tests.Commands;

public sealed class NetworkCommandTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("networks").FullName;

    public NetworkCommandTests()
    {
        CifarFile.Write(Path.Combine(_folder, "data_batch_1.bin"), images: 70);
        CifarFile.Write(Path.Combine(_folder, "test_batch.bin"), images: 10);
    }

    [Theory]
    [InlineData("vgg-small", "--masked 0.9", ", w90%")]
    [InlineData("resnet20", "--masked 0.5", ", w50%")]
    [InlineData("resnet20", "", "")]
    [InlineData("lenet", "--masked 0.9", ", w90%")]
    public void Run_Step_AgreesWithTorchAndTimesEverySchedule(string model, string options, string suffix)
    {
        var (rows, output) = Rows(["step", "--models", model, "--batch", "8", "--schedule", "automatic,dense", "--warm-up-steps", "2", .. options.Split(' ', StringSplitOptions.RemoveEmptyEntries)]);

        Assert.Equal([$"step automatic{suffix}", $"step dense{suffix}"], rows.Select(row => row.GetProperty("pass").GetString()));
        CheckTimes(rows, output);
        Assert.Contains($"\n{model}: {(model == "lenet" ? "random images" : "CIFAR-10")}, loss ", output);
        Assert.Matches(@"\n  dense +BackwardWeights +saved +0% of what dense was expected to take; layers: dense \d+\n", output);

        // A target is of what a plan chooses, in the models that it was set for.
        var targets = output.Split('\n').Where(line => line.Contains("target at least", StringComparison.Ordinal)).ToArray();
        if (model == "lenet" || rows[0].GetProperty("ratio").ValueKind == JsonValueKind.Null) Assert.Empty(targets);
        else Assert.StartsWith($"{model} step automatic{suffix}, N = 8, 1 thread: ", Assert.Single(targets));
    }

    [Fact]
    public void Run_Predict_AgreesWithTorchAndTimesEveryBatch()
    {
        var (rows, output) = Rows(
            ["predict", "--models", "resnet20", "--masked", "0.9", "--batch", "1,3", "--schedule", "reproducible", "--warm-up-steps", "0"]);

        Assert.Equal(
            ["predict1 reproducible, w90%", "predict3 reproducible, w90%"], rows.Select(row => row.GetProperty("pass").GetString()));
        Assert.Equal([1, 3], rows.Select(row => row.GetProperty("batch").GetInt32()));
        CheckTimes(rows, output);
        Assert.Contains("ONNX Runtime 1.", output, StringComparison.Ordinal);
        foreach (var batch in (int[])[1, 3])
            Assert.Matches($@"resnet20 predict{batch} reproducible, w90%, N = {batch}: theirs \d+\.\d+ ms, ours \d+\.\d+x as fast", output);
    }

    [Theory]
    [InlineData("step", "mobilenet_v2", "--masked 0.9 --batch 8", "step dense, w90%")]
    [InlineData("step", "squeezenet1_1", "--batch 2", "step dense")]
    [InlineData("predict", "resnet18", "--batch 2", "predict2 dense")]
    [InlineData("predict", "mobilenet_v2", "--masked 0.5 --batch 1", "predict1 dense, w50%")]
    public void Run_TorchvisionsModelOfAnySize_AgreesWithTheirs(string command, string model, string options, string pass)
    {
        var (rows, output) = Rows([command, "--models", model, "--size", "40", "--schedule", "dense", "--warm-up-steps", "1", .. options.Split(' ')]);

        Assert.Equal([pass], rows.Select(row => row.GetProperty("pass").GetString()));
        Assert.Equal($"{model}@40", rows[0].GetProperty("layer").GetString());
        CheckTimes(rows, output);
        if (command == "step") Assert.Contains($"\n{model}@40: CIFAR-10 resized to 40x40, loss ", output, StringComparison.Ordinal);
        else Assert.Matches($@"{model}@40 {pass}, N = \d: theirs \d+\.\d+ ms, ours \d+\.\d+x as fast", output);
    }

    [Fact]
    public void Run_Traffic_CountsBytesOfEveryLayerAndPass()
    {
        var (rows, output) = Rows(["traffic", "--models", "resnet20", "--batch", "16", "--schedule", "dense", "--layout", "channels", "--warm-up-steps", "0"]);

        JsonElement Row(string layer, string pass) => rows.Single(
            row => row.GetProperty("layer").GetString() == layer && row.GetProperty("pass").GetString() == pass && row.GetProperty("kind").GetString() != "layers");
        const long First = 16 * 16 * 32 * 32 * sizeof(float), Weights = 16 * 16 * 9 * sizeof(float);
        var forward = Row("layer1.0.conv1", "Forward");
        Assert.Equal((First + Weights, First), (forward.GetProperty("read_bytes").GetInt64(), forward.GetProperty("written_bytes").GetInt64()));
        Assert.Equal("convolutions", forward.GetProperty("kind").GetString());
        Assert.Equal("packing", Row("layer1.0.conv1", "Packing").GetProperty("kind").GetString());
        Assert.All(rows, row => Assert.True(row.GetProperty("gigabytes_per_second").GetDouble() > 0, row.ToString()));
        Assert.InRange(rows.Sum(row => row.GetProperty("share").GetDouble()), 0.5, 1.0);
        var all = rows.Sum(row => row.GetProperty("read_bytes").GetInt64());
        Assert.Contains("\nresnet20 dense, CIFAR-10: tensors ChannelBlocked, ", output, StringComparison.Ordinal);
        Assert.Matches(string.Create(CultureInfo.InvariantCulture, $@"\nall +{1e-6 * all:F3} "), output);
        foreach (var kind in (string[])["convolutions", "packing", "layers", "input", "loss", "optimiser", "all but convolutions"])
            Assert.Matches($@"\n{kind}  +\d+\.\d+ +\d+\.\d+ +\d+\.\d+ +\d+\.\d +\d+\.\d%\n", output);
    }

    [Fact]
    public void Run_TrafficOfMaskedWeights_CountsPackingOfPlainAndOfPruningSteps()
    {
        var (rows, output) = Rows(
            ["traffic", "--models", "resnet20", "--batch", "16", "--masked", "0.9", "--schedule", "weight-input", "--layout", "batches", "--warm-up-steps", "0"]);
        var plain = rows.Where(row => row.GetProperty("kind").GetString() == "packing").ToArray();
        var changing = Regex.Match(output, @"\npacking where masks change +(\d+\.\d+) +(\d+\.\d+)");
        Assert.True(changing.Success, output);
        var (read, written) = (plain.Sum(row => row.GetProperty("read_bytes").GetInt64()), plain.Sum(row => row.GetProperty("written_bytes").GetInt64()));

        // Where masks change bits are read, and places are written.
        Assert.InRange(1e-6 * read, 0.001, double.Parse(changing.Groups[1].Value, CultureInfo.InvariantCulture) - 0.001);
        Assert.InRange(1e-6 * written, 0.001, double.Parse(changing.Groups[2].Value, CultureInfo.InvariantCulture) - 0.001);
    }

    [Fact]
    public void Run_FineTune_TrainsAnOnnxFileOnPicturesBesideTorch()
    {
        var model = Path.Combine(_folder, "model.onnx");
        using (var made = new OwnTrainer("resnet18", (1, 1), new TrainingRecipe())) OnnxExport.Save(made.Network, model);
        var json = Path.Combine(_folder, "rows.json");
        var (exit, output, error) = Run(
        [
            "finetune", "--model-file", model, "--data-dir", _folder, "--pictures", "70", "--test-pictures", "10", "--size", "40", "--batch", "8", "--epochs", "2",
            "--threads", "1", "--prune", "gradual", "--sparsity", "0.5", "--json", json,
        ]);

        Assert.True(exit == 0, error);
        using var parsed = JsonDocument.Parse(File.ReadAllText(json));
        var row = Assert.Single(parsed.RootElement.EnumerateArray());
        Assert.Equal("onnx", row.GetProperty("model").GetString());
        Assert.Contains("\nonnx, epochs: 2, batch: 8, threads: 1", output, StringComparison.Ordinal);
        Assert.InRange(row.GetProperty("sparsity").GetDouble(), 0.49, 0.51);
        Assert.InRange(row.GetProperty("accuracy").GetDouble(), 0, 1);
    }

    [Fact]
    public void Run_SizeTooSmallForTheModel_SaysSo()
    {
        var (exit, _, error) = Run(["step", "--models", "vgg11_bn", "--size", "31", "--data-dir", _folder]);

        Assert.Equal(1, exit);
        Assert.StartsWith("error: input of vgg11_bn must be 32x32 or larger, got [3, 31, 31].", error, StringComparison.Ordinal);
    }

    [Fact]
    public void Run_Pruned_TimesStartAndEndOfARun()
    {
        var (rows, output) = Rows(["pruned", "--model", "resnet20", "--weights", Pruned("resnet20"), "--batch", "8"]);

        Assert.Equal(["step, start", "step, end"], rows.Select(row => row.GetProperty("pass").GetString()));
        CheckTimes(rows, output);
        Assert.Matches(@"end: the given weights, (89|90)\.\d ?% of 20 layers' 269824 pruned\n", output);
        Assert.Matches(@"\nend over start: \d\.\d{3}, target at most 0\.35: (yes|no)\n", output);
        Assert.Matches(@"\nlayer3\.2\.conv2 +(\d+\.\d\d > +\d+\.\d\d +){4}\d+\.\d\d > +\d+\.\d\d\n", output);
        Assert.Matches(@"\nend:\n  reproducible  Forward +saved +\d+% of", output);
    }

    [Fact]
    public void Run_PrunedWithWeightsThatAreNot_SaysSo()
    {
        using var dense = new OwnTrainer("resnet20", (1, 1), new TrainingRecipe());
        var plain = Save("plain.safetensors", dense);

        Refused(["--model", "resnet20", "--weights", plain], "has no masks");
        Refused(["--model", "vgg-small", "--weights", Pruned("resnet20")], "model");
        Refused(["--weights", Path.Combine(_folder, "none.safetensors")], "none.safetensors");
        Refused(["--model", "alexnet", "--weights", plain], "unknown model 'alexnet'");

        void Refused(string[] options, string says)
        {
            var (exit, _, error) = Run(["pruned", "--data-dir", _folder, .. options]);
            Assert.Equal(1, exit);
            Assert.Contains(says, error);
        }
    }

    [Fact]
    public void Run_FolderWithoutCifar_SaysSoInsteadOfTakingOtherImages()
    {
        var (exit, _, error) = Run(["step", "--models", "vgg-small", "--data-dir", "no/such/folder"]);

        Assert.Equal(1, exit);
        Assert.Contains("CIFAR-10 isn't in", error);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static void CheckTimes(JsonElement[] rows, string output)
    {
        var hasPeer = output.Contains("against TorchSharp", StringComparison.Ordinal);
        Assert.True(hasPeer || output.Contains("no peer: TorchSharp", StringComparison.Ordinal), output);
        foreach (var row in rows)
        {
            Assert.True(row.GetProperty("ours_ms").GetDouble() > 0);
            Assert.Equal(hasPeer, row.GetProperty("ratio").ValueKind == JsonValueKind.Number);
        }
    }

    private static (int Exit, string Output, string Error) Run(string[] arguments)
    {
        var (output, error) = (new StringWriter(), new StringWriter());
        return (BenchProgram.Run(["ratios", .. arguments], output, error), output.ToString(), error.ToString());
    }

    /// <summary>A file as a pruned run leaves it.</summary>
    private string Pruned(string model)
    {
        using var trainer = new OwnTrainer(model, (1, 1), new TrainingRecipe());
        RandomMasks.Apply(trainer.Network, 0.9);
        return Save("pruned.safetensors", trainer);
    }

    private string Save(string name, OwnTrainer trainer)
    {
        var path = Path.Combine(_folder, name);
        var masks = trainer.Network.Parameters.Where(parameter => parameter.Mask is not null).Select(
            parameter => new NamedMask(parameter.Name, parameter.Mask!));
        new Checkpoint(new TrainingProgress(0, 0, 0, 0), trainer.Network.State, [], new Dictionary<string, string>()) { Masks = [.. masks] }.Save(path, dense: false);
        return path;
    }

    private (JsonElement[] Rows, string Output) Rows(string[] arguments)
    {
        var json = Path.Combine(_folder, "rows.json");
        var (exit, output, error) = Run([.. arguments, "--data-dir", _folder, "--seconds", "0.01", "--json", json]);
        Assert.True(exit == 0, error);
        using var parsed = JsonDocument.Parse(File.ReadAllText(json));
        return ([.. parsed.RootElement.EnumerateArray().Select(row => row.Clone())], output);
    }
}
