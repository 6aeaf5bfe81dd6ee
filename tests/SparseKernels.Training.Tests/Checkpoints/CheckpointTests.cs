using SparseKernels.TestSupport;
using SparseKernels.Training.Checkpoints;
using SparseKernels.Training.Files;
using SparseKernels.Training.Tensors;
using Xunit;

namespace SparseKernels.Training.Tests.Checkpoints;

public class CheckpointTests
{
    private static readonly Dictionary<string, string> s_settings = new() { ["model"] = "vgg-small", ["batch"] = "64" };

    [Fact]
    public void SaveThenLoad_Everything_Identical()
    {
        using var folder = new TemporaryFolder();
        Make(5).Save(folder.File("run.safetensors"));
        var loaded = Checkpoint.Load(folder.File("run.safetensors"));

        Assert.Equal(new TrainingProgress(3, 17, 5, ulong.MaxValue), loaded.Progress);
        Assert.Equal(s_settings, loaded.Settings);
        var (model, optimiser) = (Tensors(0), Momentum(0));
        loaded.Restore(model, optimiser);
        Assert.Equal([5f, 6f], model[0].Values);
        Assert.Equal([7f], model[1].Values);
        Assert.Equal([-5f, -6f], optimiser[0].Values);
        Assert.Equal(["run.safetensors", "run.state.safetensors"], Directory.GetFiles(folder.Path).Select(Path.GetFileName).Order());
    }

    [Fact]
    public void Save_WeightsFile_HoldsModelAloneUnderItsNames()
    {
        using var folder = new TemporaryFolder();
        Make(5).Save(folder.File("run.safetensors"));
        var file = SafetensorsFile.Read(folder.File("run.safetensors"));
        Assert.Equal(["features.0.weight", "features.1.running_mean"], file.Tensors.Select(t => t.Name));
        Assert.Equal("pt", file.Metadata["format"]);
    }

    [Fact]
    public void Save_ClassNames_AreInBothFiles()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("run.safetensors");
        string[] names = ["cats", "\"dogs\", äöü", "猫"];
        var plain = Make(5);
        new Checkpoint(plain.Progress, plain.Model, plain.Optimiser, plain.Settings) { ClassNames = names }.Save(path);
        Assert.Equal(names, Checkpoint.Load(path).ClassNames);
        Assert.Equal(names, WeightsFile.Read(path).ClassNames);
        plain.Save(path);
        Assert.Empty(Checkpoint.Load(path).ClassNames);
        Assert.Empty(WeightsFile.Read(path).ClassNames);
    }

    [Fact]
    public void Load_KilledBetweenTheTwoFiles_NewStateWithItsOwnWeights()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("run.safetensors");
        Make(5).Save(path);
        var oldWeights = File.ReadAllBytes(path);
        Make(9).Save(path);
        File.WriteAllBytes(path, oldWeights);

        var loaded = Checkpoint.Load(path);
        Assert.Equal(9, loaded.Progress.Step);
        Assert.Equal([9f, 10f], loaded.Model[0].Values);
    }

    [Fact]
    public void Load_StateCutAtAnyLength_ThrowsNamingFile()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("run.safetensors");
        Make(5).Save(path);
        var state = File.ReadAllBytes(Checkpoint.StatePath(path));
        for (var length = 0; length < state.Length; length++)
        {
            File.WriteAllBytes(Checkpoint.StatePath(path), state[..length]);
            Assert.Contains("run.state.safetensors", Assert.Throws<InvalidDataException>(() => Checkpoint.Load(path)).Message);
        }
    }

    [Fact]
    public void Load_OtherSafetensorsFile_ThrowsNamingFormat()
    {
        using var folder = new TemporaryFolder();
        using (var stream = File.Create(folder.File("run.state.safetensors"))) new SafetensorsFile(Tensors(1), new Dictionary<string, string>()).WriteTo(stream);
        var e = Assert.Throws<InvalidDataException>(() => Checkpoint.Load(folder.File("run.safetensors")));
        Assert.Contains("got none", e.Message);
        Assert.Throws<FileNotFoundException>(() => Checkpoint.Load(folder.File("other.safetensors")));
    }

    [Theory]
    [InlineData("epoch", "-1")]
    [InlineData("epoch", "2147483648")]
    [InlineData("step", "1.5")]
    [InlineData("seed", "")]
    [InlineData("class-names", "cats")]
    [InlineData("class-names", "[\"cats\", 1]")]
    [InlineData("class-names", "{}")]
    [InlineData("class-names", "[null]")]
    public void Load_BadNumber_ThrowsNamingIt(string key, string value)
    {
        using var folder = new TemporaryFolder();
        var metadata = new Dictionary<string, string>
        {
            ["format"] = "sparsekernels-training-state",
            ["version"] = "3",
            ["epoch"] = "0",
            ["batch"] = "0",
            ["step"] = "0",
            ["seed"] = "0",
        };
        metadata[key] = value;
        using (var stream = File.Create(folder.File("run.state.safetensors"))) new SafetensorsFile([], metadata).WriteTo(stream);
        var e = Assert.Throws<InvalidDataException>(() => Checkpoint.Load(folder.File("run.safetensors")));
        Assert.Contains($"for {key}, got {value}", e.Message);
    }

    [Fact]
    public void Restore_TensorsDontFit_ThrowsBeforeWriting()
    {
        var checkpoint = Make(5);
        var model = Tensors(0);
        NamedTensor[] otherShape = [model[0], model[1] with { Shape = [1, 1] }];
        NamedTensor[] otherName = [model[0], model[1] with { Name = "classifier.bias" }];
        Assert.Contains(
            "features.1.running_mean", Assert.Throws<InvalidDataException>(() => checkpoint.Restore(otherShape, Momentum(0))).Message);
        Assert.Contains("classifier.bias", Assert.Throws<InvalidDataException>(() => checkpoint.Restore(otherName, Momentum(0))).Message);
        Assert.Contains(
            "features.1.running_mean", Assert.Throws<InvalidDataException>(() => checkpoint.Restore([model[0]], Momentum(0))).Message);
        Assert.Contains("optimiser", Assert.Throws<InvalidDataException>(() => checkpoint.Restore(model, [])).Message);
        Assert.Equal([0f, 1f], model[0].Values);
    }

    [Theory]
    [InlineData("run")]
    [InlineData("run.state.safetensors")]
    [InlineData("")]
    public void StatePath_NotAWeightsFile_Throws(string path) => Assert.Throws<ArgumentException>("path", () => Checkpoint.StatePath(path));

    private static Checkpoint Make(int step) =>
        new(new TrainingProgress(3, 17, step, ulong.MaxValue), Tensors(step), Momentum(step), s_settings);

    private static NamedTensor[] Tensors(float first) =>
        [new("features.0.weight", [2, 1], [first, first + 1]), new("features.1.running_mean", [1], [first + 2])];

    private static NamedTensor[] Momentum(float first) => [new("features.0.weight", [2, 1], [-first, -first - 1])];
}
