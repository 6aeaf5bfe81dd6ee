using SparseKernels.TestSupport;
using SparseKernels.Training.Checkpoints;
using SparseKernels.Training.Files;
using SparseKernels.Training.Tests.Support;
using Xunit;

namespace SparseKernels.Training.Tests.Checkpoints;

/// <summary>A state file's metadata, whole and with one thing wrong: every key is checked when it is read.</summary>
public class StateFileTests
{
    private static readonly string[] s_odd =
    [
        "", " ", "-1", "-0.5", "0.5", "1.5", "2", "1e308", "-1e308", "1e999", "NaN", "Infinity", "-Infinity", "2147483648",
        "9007199254740994", "9223372036854775808",
        "18446744073709551616", "0x10", "1,000", "true", "null", "text", "1 1", "{}", "\0", "½",
    ];

    /// <summary>Keys whose text is free, and what may be any number in a range: other values than the one written are no faults.</summary>
    private static readonly Dictionary<string, string[]> s_allowed = new()
    {
        ["setting.model"] = s_odd,
        ["setting.batch"] = s_odd,
        ["epoch"] = ["2"],
        ["batch"] = ["2"],
        ["seed"] = ["2", "2147483648", "9007199254740994", "9223372036854775808"],
        ["pruning.strategy"] = s_odd,
        ["pruning.accuracy"] = ["0.5", "NaN"],
        ["pruning.seen-images"] = ["2147483648", "9007199254740994", "9223372036854775808"],
        ["pruning.seen-correct"] = ["2"],
        ["pruning.number.best"] = ["0.5", "NaN"],
        ["pruning.number.evaluations"] = ["2"],
        ["pruning.number.periods"] = ["2"],
        ["pruning.number.waited"] = ["2"],
        ["pruning.number.similarity"] = ["0.5"],
        ["pruning.number.steps"] = ["0.5", "1.5", "2"],
        ["pruning.number.sparsity-before"] = ["0.5"],
        ["pruning.number.rounds-left"] = ["2"],
        ["pruning.number.next-step"] = ["2", "2147483648"],
        ["pruning.number.fine/conv.weight"] = ["0.5", "1.5", "2", "2147483648", "9007199254740994", "9223372036854775808", "18446744073709551616"],
        ["pruning.number.coarse/conv.weight"] = ["0.5", "1.5", "2", "2147483648", "9007199254740994", "9223372036854775808", "18446744073709551616"],
    };

    [Fact]
    public void Load_AnyOddValueOfAnyKey_ThrowsNamingFileAndKey()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("a.safetensors");
        var whole = Whole(path);
        var wrong = new List<string>();
        foreach (var (key, value) in whole.Metadata)
        {
            foreach (var odd in s_odd.Except(s_allowed.GetValueOrDefault(key, [])).Where(odd => odd != value))
            {
                var thrown = With(path, whole, metadata => metadata[key] = odd);
                if (!Tells(thrown, path, key)) wrong.Add($"{key}: '{odd}' gave {thrown?.Message ?? "a checkpoint"}");
            }
        }

        Assert.Empty(wrong);
    }

    [Fact]
    public void Load_AnyKeyMissing_ThrowsNamingFileAndKey()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("a.safetensors");
        var whole = Whole(path);
        string[] optional = ["setting.model", "setting.batch", "choices.conv", "calibration", "pruning.accuracy"];
        Assert.All(
            whole.Metadata.Keys.Except(optional),
            key => Assert.True(Tells(With(path, whole, metadata => metadata.Remove(key)), path, key), key));
    }

    [Theory]
    [InlineData("pruning.acuracy", "0.5", "no key 'pruning.acuracy'")]
    [InlineData("note", "", "no key 'note'")]
    [InlineData("pruning.number.waitd", "0", "no number 'waitd'")]
    [InlineData("pruning.number.coarse/more", "0", "must have the number 'fine/more'")]
    [InlineData("shape.conv.bias", "3 1", "no key 'shape.conv.bias'")]
    [InlineData("pruning.number.finished", "1", "must have a copy to bring back while pruning goes on and no other")]
    [InlineData("pruning.number.periods", "0", "must have a copy to bring back while pruning goes on and no other")]
    [InlineData(
        "pruning.number.evaluations", "1", "'periods' and 'waited' of a pruning strategy's state must be at most its 'evaluations', 1, got 1 and 1")]
    [InlineData("pruning.number.steps", "8.5", "'steps' of a pruning strategy's state must be at most its 'evaluations', 8, got 8.5")]
    [InlineData(
        "pruning.number.next-step", "2147483653", "'next-step' of a pruning strategy's state must be at most 2147483647 after the steps, 5")]
    [InlineData("pruning.steps", "6", "from 5 to 5 for pruning.steps, got 6")]
    [InlineData("pruning.holds-out", "0", "no pruning.accuracy where pruning.holds-out is 0")]
    [InlineData("pruning.seen-correct", "8", "at most pruning.seen-images, 7, for pruning.seen-correct, got 8")]
    [InlineData("group.conv.weight", "16 1 rows", "the groups of the mask of 'conv.weight'")]
    [InlineData("choices.conv", "dense dense", "the choices of 'conv'")]
    [InlineData("instruction-set", "mmx", "expected one of scalar")]
    public void Load_OneThingWrong_Says(string key, string value, string expected)
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("a.safetensors");
        var thrown = With(path, Whole(path), metadata => metadata[key] = value);
        Assert.Contains(expected, Assert.IsType<InvalidDataException>(thrown).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_ThresholdsOfAnotherLayer_ThrowsNamingBothLayers()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("a.safetensors");
        var whole = Whole(path);
        Assert.Contains("no pruned layer", Add("fine/more", "coarse/more"));
        Assert.Contains(
            "'fine/conv.weight'", With(path, whole, metadata => Rename(metadata, "fine/conv.weight", "coarse/conv.weight"))!.Message);

        string Add(params string[] names) =>
            With(path, whole, metadata => Array.ForEach(names, name => metadata.Add("pruning.number." + name, "1")))!.Message;

        void Rename(Dictionary<string, string> metadata, params string[] names)
        {
            foreach (var name in names)
            {
                metadata.Remove("pruning.number." + name, out var value);
                metadata.Add($"pruning.number.{name}er", value!);
            }
        }
    }

    [Theory]
    [InlineData("0")]
    [InlineData("2")]
    public void Load_DropAndGrowThatHasNotStarted_Throws(string started)
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("a.safetensors");
        SmallCheckpoint.Grown().Save(path);
        Assert.Equal(1, Checkpoint.Load(path).Pruning!.Numbers["started"]);
        var thrown = With(path, SafetensorsFile.Read(Checkpoint.StatePath(path)), metadata => metadata["pruning.number.started"] = started);
        Assert.Contains("'started'", Assert.IsType<InvalidDataException>(thrown).Message, StringComparison.Ordinal);
    }

    private static SafetensorsFile Whole(string path)
    {
        SmallCheckpoint.Make(calibrated: true).Save(path);
        Assert.NotNull(Checkpoint.Load(path).Pruning!.Kept);
        return SafetensorsFile.Read(Checkpoint.StatePath(path));
    }

    private static Exception? With(string path, SafetensorsFile whole, Action<Dictionary<string, string>> change)
    {
        var metadata = new Dictionary<string, string>(whole.Metadata);
        change(metadata);
        using (var stream = File.Create(Checkpoint.StatePath(path)))
            new SafetensorsFile(whole.Tensors, whole.Bytes, metadata).WriteTo(stream);
        return Record.Exception(() => Checkpoint.Load(path));
    }

    private static bool Tells(Exception? thrown, string path, string key) =>
        thrown is InvalidDataException && thrown.Message.Contains(Checkpoint.StatePath(path), StringComparison.Ordinal) &&
        thrown.Message.Contains(key[(key.IndexOf('.', StringComparison.Ordinal) + 1)..].Replace("number.", "", StringComparison.Ordinal), StringComparison.Ordinal);
}
