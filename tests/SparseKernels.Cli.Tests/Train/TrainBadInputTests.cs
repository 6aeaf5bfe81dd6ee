using System.Buffers.Binary;
using SparseKernels.Cli.Tests.Support;
using SparseKernels.TestSupport;
using Xunit;

namespace SparseKernels.Cli.Tests.Train;

/// <summary>
/// Whatever is wrong with the input, the command says so in one line, ends with a code over zero and leaves every file as it was.
/// </summary>
public class TrainBadInputTests
{
    [Theory]
    [InlineData(2, "a command is missing")]
    [InlineData(2, "unknown command or option 'trian'", "trian")]
    [InlineData(2, "unknown command or option '--speed'", "train", "--speed", "9")]
    [InlineData(2, "--epochs must be a whole number from 1", "train", "--epochs", "0")]
    [InlineData(2, "--epochs must be a whole number from 1", "train", "--epochs", "many")]
    [InlineData(2, "--batch must be a whole number from 1", "train", "--batch", "-5")]
    [InlineData(2, "--threads must be a whole number from 1 to 1024", "train", "--threads", "1025")]
    [InlineData(2, "--lr must be a finite number over 0", "train", "--lr", "nan")]
    [InlineData(2, "--lr must be a finite number over 0, got 0,05", "train", "--lr", "0,05")]
    [InlineData(2, "--epochs must be a whole number from 1", "train", "--epochs", "1,000")]
    [InlineData(2, "--prune-maximum-sparsity must be", "train", "--prune-maximum-sparsity", "0,9")]
    [InlineData(2, "--seconds must be a number over 0 and up to 3600, got 1,5", "calibrate", "--seconds", "1,5")]
    [InlineData(2, "--seed must be a whole number from 0", "train", "--seed", "-1")]
    [InlineData(1, "--data must be one of synthetic, cifar10, mnist, or a folder of pictures, got imagenet", "train", "--data", "imagenet")]
    [InlineData(1, "--model must be one of vgg-small, resnet20, lenet, resnet18, resnet34, resnet50, vgg11_bn, vgg16_bn, mobilenet_v2, squeezenet1_1, densenet121, got vgg-huge", "train", "--model", "vgg-huge")]
    [InlineData(1, "--schedule: 'sparse' is no schedule; expected one of automatic, reproducible, dense, input-weight", "train", "--schedule", "sparse")]
    [InlineData(2, "--prune must be one of none, gated, gradual, one-shot, rigl, got magic", "train", "--prune", "magic")]
    [InlineData(2, "--prune-sparsity must be a number from 0 and under 1, got 1", "train", "--prune-sparsity", "1")]
    [InlineData(2, "--prune-patience must be a whole number from 1 up, got 0.5", "train", "--prune-patience", "0.5")]
    [InlineData(2, "--prune-fine-step must be a number from 0 up, got much", "train", "--prune-fine-step", "much")]
    [InlineData(2, "--prune-scope must be one of layer, global, balanced, got all", "train", "--prune-scope", "all")]
    [InlineData(1, "end must be over begin, 0.9, got 0.85", "train", "--prune-begin", "0.9")]
    [InlineData(1, "--prune none takes no other --prune options, got --prune-sparsity", "train", "--prune", "none", "--prune-sparsity", "0.5")]
    [InlineData(1, "--prune-settings: there is no file 'none.json'", "train", "--prune-settings", "none.json")]
    [InlineData(1, "denseLayers must be among features.0", "train", "--prune-dense-layers", "conv1")]
    [InlineData(1, "--data cifar10 needs the folder", "train", "--data", "cifar10")]
    [InlineData(1, "There is no folder 'nowhere'", "train", "--data", "mnist", "--data-dir", "nowhere")]
    [InlineData(1, "There is no checkpoint 'none.state.safetensors'", "train", "--resume", "none")]
    [InlineData(1, "There is no checkpoint in 'runs'", "train", "--resume")]
    [InlineData(1, "--optimiser must be sgd or adamw, got lion", "train", "--optimiser", "lion")]
    [InlineData(2, "--weight-decay must be a finite number of 0 or more, got -1", "train", "--weight-decay", "-1")]
    [InlineData(2, "--label-smoothing must be a number from 0 to 1, got 2", "train", "--label-smoothing", "2")]
    [InlineData(2, "--clip-norm must be a finite number over 0, got 0", "train", "--clip-norm", "0")]
    [InlineData(2, "--clip-value must be a finite number over 0, got 0", "train", "--clip-value", "0")]
    [InlineData(2, "--ema must be a number of 0 or more and under 1, got 1", "train", "--ema", "1")]
    [InlineData(1, "path must be that of parameters of vgg-small", "train", "--freeze", "nothing")]
    [InlineData(1, "--lr-factor must read like layer1=0.1", "train", "--lr-factor", "layer1")]
    [InlineData(1, "--not-strict and --new-head need --weights", "train", "--new-head")]
    [InlineData(1, "there are no Weights 'none.safetensors'", "train", "--weights", "none.safetensors")]
    [InlineData(1, "Batch must be at most the 7600 images to train on", "train", "--batch", "100000")]
    public void Command_WrongArguments_OneLineAndNothingWritten(int code, string expected, params string[] arguments)
    {
        using var folder = new TemporaryFolder();
        AssertFails(folder, code, expected, arguments);
        Assert.Empty(Directory.EnumerateFiles(folder.Path, "*", SearchOption.AllDirectories));
    }

    [Theory]
    [InlineData("""{"fine-stp": 1}""", "no key 'fine-stp'")]
    [InlineData("""{"fine-step": "x"}""", "'fine-step' can't be \"x\"")]
    [InlineData("""{"fine-step": -1}""", "'fine-step' must be a number from 0 up, got -1")]
    [InlineData("{", "not JSON")]
    public void Train_BadPruneSettings_NamesFileAndKey(string json, string expected)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("p.json"), json);
        AssertFails(folder, 1, expected, "train", "--prune-settings", "p.json");
        AssertFails(folder, 1, "'p.json': ", "train", "--prune-settings", "p.json");
    }

    [Fact]
    public void Train_TruncatedCifar_NamesFileAndLength()
    {
        using var folder = new TemporaryFolder();
        folder.Write("data_batch_1.bin", new byte[3073 + 100]);
        AssertFails(
            folder, 1, "data_batch_1.bin': expected a whole number of 3073-byte records, got 3173 bytes", "train", "--data", "cifar10",
            "--data-dir", ".");
    }

    [Fact]
    public void Train_EmptyFolder_NamesMissingFiles()
    {
        using var folder = new TemporaryFolder();
        AssertFails(folder, 1, "has none of the CIFAR-10 files", "train", "--data", "cifar10", "--data-dir", ".");
        AssertFails(folder, 1, "train-images-idx3-ubyte", "train", "--data", "mnist", "--data-dir", ".");
    }

    [Fact]
    public void Train_WrongMagic_NamesFileAndMagic()
    {
        using var folder = new TemporaryFolder();
        var bytes = new byte[16];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, 2049);
        folder.Write("train-images-idx3-ubyte", bytes);
        folder.Write("train-labels-idx1-ubyte", bytes);
        AssertFails(
            folder, 1, "train-images-idx3-ubyte': expected magic number 2051, got 2049", "train", "--data", "mnist", "--data-dir", ".");
    }

    [Fact]
    public void Train_CorruptGzip_NamesFile()
    {
        using var folder = new TemporaryFolder();
        folder.Write("train-images-idx3-ubyte.gz", 0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4);
        folder.Write("train-labels-idx1-ubyte.gz", 1, 2, 3);
        AssertFails(folder, 1, "train-images-idx3-ubyte.gz", "train", "--data", "mnist", "--data-dir", ".");
    }

    [Fact]
    public void Train_OutExists_RefusesAndKeepsIt()
    {
        using var folder = new TemporaryFolder();
        folder.Write("a.safetensors", 1, 2, 3);
        AssertFails(folder, 1, "'a.safetensors' exists already", "train", "--out", "a");
        folder.Write("b.state.safetensors", 4);
        AssertFails(folder, 1, "'b.state.safetensors' exists already", "train", "--out", "b.safetensors");
    }

    [Fact]
    public void Train_CsvExists_RefusesAndKeepsIt()
    {
        using var folder = new TemporaryFolder();
        folder.Write("figures.csv", 1, 2, 3);
        AssertFails(folder, 1, "'figures.csv' exists already", "train", "--csv", "figures.csv");
    }

    [Fact]
    public void Train_DamagedCheckpoint_RefusesAndKeepsIt()
    {
        using var folder = new TemporaryFolder();
        folder.Write("a.state.safetensors", [8, 0, 0, 0, 0, 0, 0, 0, .. "{\"a\":1} "u8]);
        AssertFails(folder, 1, "a.state.safetensors' is not a whole safetensors file", "train", "--resume", "a");
    }

    [Fact]
    public void Train_OutInsideAFile_SaysSo()
    {
        using var folder = new TemporaryFolder();
        folder.Write("file", 1);
        AssertFails(folder, 1, "file", "train", "--out", "file/run");
    }

    [Fact]
    public void Train_UnavailableInstructionSet_SaysWhichAre()
    {
        using var folder = new TemporaryFolder();
        using var run = CommandRun.Complete(folder.Path, ["train"], [("SPARSEKERNELS_ISA", "sse9")]);
        Assert.Equal(1, run.ExitCode);
        Assert.StartsWith("sparsekernels: SPARSEKERNELS_ISA=sse9: unknown instruction set", run.Errors);
        Assert.Equal(1, run.Errors.Count(c => c == '\n'));
    }

    private static void AssertFails(TemporaryFolder folder, int code, string expected, params string[] arguments)
    {
        var before = Snapshot(folder);
        using var run = CommandRun.Complete(folder.Path, arguments);
        Assert.Equal("", run.Output);
        Assert.StartsWith("sparsekernels: ", run.Errors);
        Assert.Contains(expected, run.Errors);
        Assert.Equal(1, run.Errors.Count(c => c == '\n'));
        Assert.Equal(code, run.ExitCode);
        Assert.Equal(before, Snapshot(folder));
    }

    private static string[] Snapshot(TemporaryFolder folder) =>
        [.. Directory.EnumerateFiles(folder.Path, "*", SearchOption.AllDirectories).Order().Select(file => $"{file}: {Convert.ToHexString(File.ReadAllBytes(file))}")];
}
