using System.Globalization;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using SparseKernels.Cli.Tests.Support;
using SparseKernels.TestSupport;
using SparseKernels.Training.Checkpoints;
using SparseKernels.Training.Pruning;
using Xunit;

namespace SparseKernels.Cli.Tests.Train;

public class PrunedTrainTests
{
    private static readonly string[] s_options =
        ["train", "--data", "cifar10", "--data-dir", "images", "--model", "resnet20", "--epochs", "3", "--batch", "10", "--threads", "2"];

    [Fact]
    public void Train_GatedWithoutImagesHeldOut_SaysWhatJudges()
    {
        using var folder = Images();
        using var run = CommandRun.Complete(
            folder.Path,
            [.. s_options, "--prune-tolerance", "1", "--prune-evaluations", "2", "--prune-validation", "0", "--csv", "a.csv", "--out", "a"]);

        Assert.Equal((0, ""), (run.ExitCode, run.Errors));
        Assert.Contains("the images trained on judge; pruning: gated, 20 layers of 269824 weights", run.Output);
        Assert.Matches(@"The gate let prune [1-9] times; best accuracy \d+\.\d % of the images trained on\.", run.Output);
        Assert.Matches(@"Pruning took \d+\.\d\d % of the time, judging it \d+\.\d %\.", run.Output);
        Assert.DoesNotContain("validation", run.Output, StringComparison.Ordinal);
        var table = File.ReadAllLines(folder.File("a.csv")).Select(line => line.Split(',')).ToArray();
        Assert.All(table[1..], line => Assert.Equal("", line[Array.IndexOf(table[0], "validation_accuracy")]));
    }

    [Fact]
    public void Train_Gated_LinesTableReportAndASmallFile()
    {
        using var folder = Images();
        using var run = CommandRun.Complete(
            folder.Path, [.. s_options, "--prune-tolerance", "1", "--prune-evaluations", "2", "--csv", "a.csv", "--out", "a"]);

        Assert.Equal((0, ""), (run.ExitCode, run.Errors));
        Assert.Contains(
            "4 of the training images are held out until pruning is over; pruning: gated, 20 layers of 269824 weights", run.Output);
        Assert.Matches(
            @"(?m)^epoch   3/3 .* sparsity [1-9]\d\.\d %, coarse \d+\.\d %, validation accuracy \d+\.\d %, gate .*, step \d+\.\d ms$",
            run.Output);
        Assert.Matches(@"(?m)^ *layer1\.0\.conv1 +2304 +\d+ +[1-9]\d\.\d %", run.Output);
        Assert.Matches(@"(?m)^ *all of these +269824 +\d+ +[1-9]\d\.\d %", run.Output);
        Assert.Matches(@"Pruned: [1-9]\d\.\d % of 269824 weights in [1-9]\d* steps of 24", run.Output);
        Assert.Matches(@"Weight bytes moved for a step: \d+ in one pass, \d+ in separate ones: 0\.\d\d of it\.", run.Output);
        Assert.Matches(@"The gate let prune [1-9] times; best validation accuracy", run.Output);

        var report = File.ReadAllText(folder.File("a.report.md"));
        Assert.Contains("Report: a.report.md", run.Output);
        Assert.StartsWith("# resnet20 on cifar10\n", report, StringComparison.Ordinal);
        for (var epoch = 1; epoch <= 3; epoch++) Assert.Matches($@"(?m)^\| {epoch} \| \d\.\d{{4}} \|", report);
        Assert.Contains("| layer3.2.conv2 | 36864 | ", report, StringComparison.Ordinal);
        Assert.Contains("\"tolerance\": 1", report, StringComparison.Ordinal);

        foreach (var name in new[] { "a-accuracy.svg", "a-sparsity.svg", "a-step-time.svg" })
        {
            Assert.All(
                XDocument.Load(folder.File(name)).Descendants("{http://www.w3.org/2000/svg}polyline"),
                curve => Assert.Equal(3, curve.Attribute("points")!.Value.Split(' ').Length));
            Assert.Contains($"![]({name})", report, StringComparison.Ordinal);
        }

        var weights = WeightsFile.Read(folder.File("a.safetensors"));
        Assert.Equal(20, weights.Masks.Count);
        var table = File.ReadAllLines(folder.File("a.csv"));
        var sparsity = double.Parse(table[^1].Split(',')[Array.IndexOf(table[0].Split(','), "sparsity")], CultureInfo.InvariantCulture);
        Assert.Equal(
            sparsity, 1 - ((double)weights.Masks.Sum(mask => mask.Mask.Count) / weights.Masks.Sum(mask => mask.Mask.Shape.WeightLength)),
            1e-9);
        Assert.True(
            new FileInfo(folder.File("a.safetensors")).Length < 4 * weights.Tensors.Sum(tensor => tensor.Values.Length) * (1.1 - sparsity));
    }

    [Theory]
    [InlineData("--dense")]
    [InlineData("--dense-checkpoint")]
    public void Train_SettingsFileAndOption_OptionCountsAndResumeKeepsBoth(string dense)
    {
        using var folder = Images();
        File.WriteAllText(folder.File("p.json"), """{ "strategy": "gradual", "sparsity": 0.5, "scope": "layer", "interval": 2, "begin": 0.2 }""");
        string[] options = [.. s_options, "--prune-settings", "p.json", "--prune-sparsity", "0.75", "--prune-dense-layers", "conv1,fc,layer1.0.conv1", "--prune-channel-order", "false", dense];
        using var run = CommandRun.Complete(folder.Path, [.. options, "--out", "a"]);

        Assert.Equal((0, ""), (run.ExitCode, run.Errors));
        Assert.Matches("Pruned: 75.0 %", run.Output);
        var stored = PruningSettingsJson.Read(Checkpoint.Load(folder.File("a.safetensors")).Settings["pruning"]);
        Assert.Equal(
            (PruningStrategyKind.Gradual, 0.75, 2, 0.2, false),
            (stored.Strategy, stored.Sparsity, stored.Interval, stored.Begin, stored.ChannelOrder));
        var weights = WeightsFile.Read(folder.File("a.safetensors"));
        Assert.Empty(weights.Masks);
        Assert.DoesNotContain(0f, weights.Tensors.Single(tensor => tensor.Name == "layer1.0.conv1.weight").Values);
        Assert.InRange(
            weights.Tensors.Single(tensor => tensor.Name == "layer1.0.conv2.weight").Values.Count(value => value == 0), 1728, 1730);

        using var same = CommandRun.Complete(folder.Path, [.. options, "--resume", "a"]);
        Assert.Equal((0, ""), (same.ExitCode, same.Errors));
        using var other = CommandRun.Complete(folder.Path, "train", "--data-dir", "images", "--resume", "a", "--prune", "none");
        Assert.Equal(1, other.ExitCode);
        Assert.StartsWith("sparsekernels: --prune: none differs from the {\"strategy\":\"gradual\"", other.Errors);
    }

    [Theory]
    [InlineData("one-shot")]
    [InlineData("rigl")]
    public void Train_OtherStrategies_ReachTheSparsity(string strategy)
    {
        using var folder = Images();
        using var run = CommandRun.Complete(
            folder.Path, [.. s_options, "--prune", strategy, "--prune-sparsity", "0.9", "--prune-interval", "3", "--out", "a"]);
        Assert.Equal((0, ""), (run.ExitCode, run.Errors));
        Assert.Matches("Pruned: 90.0 %", run.Output);
        using var evaluated = CommandRun.Complete(folder.Path, "evaluate", "a", "--data-dir", "images");
        Assert.Equal(
            Regex.Match(run.Output, @"Test accuracy (\d+\.\d) %").Groups[1].Value,
            Regex.Match(evaluated.Output, @"Test accuracy (\d+\.\d) %").Groups[1].Value);
    }

    [Fact]
    public void ExampleSettings_OfTheRepository_AreTheDefaults()
    {
        var json = RepositoryFile.Read("docs", "pruning.json");
        Assert.Equal(new PruningSettings(), PruningSettingsJson.Read(json));
        Assert.All(PruningSettingsJson.Keys, key => Assert.Contains($"\"{key}\"", json, StringComparison.Ordinal));
    }

    private static TemporaryFolder Images()
    {
        var folder = new TemporaryFolder();
        SmallImages.WriteCifar10(folder, "images", training: 80, test: 20);
        return folder;
    }
}
