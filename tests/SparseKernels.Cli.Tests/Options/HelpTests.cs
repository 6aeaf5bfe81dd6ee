using System.Text.RegularExpressions;
using SparseKernels.Cli.Tests.Support;
using SparseKernels.TestSupport;
using SparseKernels.Training.Pruning;
using Xunit;

namespace SparseKernels.Cli.Tests.Options;

public class HelpTests
{
    private static readonly string[] s_groups = ["Data and model:", "Pictures:", "Training:", "Pruning:", "Output:", "Several processes (docs/distributed.md):"];

    [Theory]
    [InlineData("  sparsekernels [command] [options]", "--help")]
    [InlineData("  sparsekernels train [options]", "train", "-h")]
    [InlineData("  sparsekernels train [options]", "train", "--help-pruning")]
    [InlineData("  sparsekernels train [options]", "train", "--help-learning")]
    [InlineData("  sparsekernels evaluate <checkpoint> [options]", "evaluate", "-?")]
    [InlineData("  sparsekernels predict <model> <pictures>... [options]", "predict", "--help")]
    [InlineData("  sparsekernels export <checkpoint> <model.onnx> [options]", "export", "--help")]
    [InlineData("  sparsekernels benchmark <model> [options]", "benchmark", "--help")]
    [InlineData("  sparsekernels explain [options]", "explain", "--help")]
    [InlineData("  sparsekernels describe [options]", "describe", "--help")]
    [InlineData("  sparsekernels calibrate [options]", "calibrate", "--help")]
    public void Help_OfEachCommand_UsageNamesTheCommandAsUsersCallIt(string usage, params string[] arguments)
    {
        var lines = Lines(arguments);
        Assert.Equal(usage, lines[Array.IndexOf(lines, "Usage:") + 1]);
        Assert.DoesNotContain(lines, line => line.Contains("SparseKernels.Cli", StringComparison.Ordinal));
    }

    [Fact]
    public void Version_IsThePackages() => Assert.Matches(@"^\d+\.\d+\.\d+", Lines("--version")[0]);

    [Fact]
    public void TrainHelp_UnderTwentyFiveOptionsInSixGroupsThatNameTheRest()
    {
        var lines = Lines("train", "--help");
        Assert.InRange(Options(lines).Length, 10, 24);
        Assert.Equal(s_groups, lines.Where(line => line.EndsWith(':') && line is not ("Description:" or "Usage:")));
        Assert.Equal(
            ["--prune", "--prune-settings", "--prune-maximum-sparsity", "--help-pruning"],
            Options(lines[Array.IndexOf(lines, "Pruning:")..Array.IndexOf(lines, "Output:")]));
        Assert.Contains(lines, line => line.StartsWith("  --help-pruning ", StringComparison.Ordinal) && line.Contains("JSON", StringComparison.Ordinal));
    }

    [Fact]
    public void TrainHelpPruning_EveryRuleOnceAndAJsonFile()
    {
        var lines = Lines("train", "--help-pruning");
        var rules = PruningSettingsJson.Keys.Where(key => key != "strategy").Select(key => $"--prune-{key}");
        Assert.Equal(rules.Concat(["--prune", "--prune-settings"]).Order(), Options(lines).Order());
        var json = Regex.Match(string.Concat(lines), @"\{.*\}").Value;
        Assert.Equal(new PruningSettings { Strategy = PruningStrategyKind.Gradual, Sparsity = 0.9 }, PruningSettingsJson.Read(json));
    }

    [Fact]
    public void TrainHelpLearning_EveryOptionOfLearning() => Assert.Equal(
        [
            "--optimiser", "--weight-decay", "--decay-weights-only", "--label-smoothing", "--clip-norm", "--clip-value", "--ema", "--weights",
            "--not-strict", "--new-head", "--preset", "--freeze", "--freeze-normalisation", "--lr-factor",
        ],
        Options(Lines("train", "--help-learning")));

    [Fact]
    public void BenchmarkHelp_SaysWhereTheComparisonWithOthersIs() =>
        Assert.Contains("ONNX Runtime and TorchSharp beside it: 'ratios predict' of bench/SparseKernels.Bench", string.Join(' ', Lines("benchmark", "--help")));

    [Fact]
    public void Help_OfTheCommand_ListsEveryOneAsTheReadmesDo()
    {
        var lines = Lines("--help");
        string[] listed = [.. lines[(Array.IndexOf(lines, "Commands:") + 1)..].Where(line => line.Length > 0).Select(line => line.Trim().Split(' ')[0])];
        Assert.Equal(["train", "evaluate", "predict", "export", "benchmark", "explain", "describe", "calibrate"], listed);
        Assert.Equal(listed, Regex.Matches(RepositoryFile.Read("src", "SparseKernels.Cli", "README.md"), @"(?m)^\| `(\w+)` \|").Select(match => match.Groups[1].Value));
        var row = Regex.Match(RepositoryFile.Read("README.md"), @"(?m)^\| `SparseKernels\.Cli` \|.*:(.*)").Groups[1].Value;
        Assert.Equal(listed, Regex.Matches(row, @"`(\w+)`").Select(match => match.Groups[1].Value));
    }

    private static string[] Options(string[] lines) =>
        [.. lines.Select(line => Regex.Match(line, "^  (--[a-z-]+)").Groups[1].Value).Where(name => name.Length > 0)];

    private static string[] Lines(params string[] arguments)
    {
        using var folder = new TemporaryFolder();
        using var run = CommandRun.Complete(folder.Path, arguments);
        Assert.Equal((0, ""), (run.ExitCode, run.Errors));
        return [.. run.Output.Split('\n').Select(line => line.TrimEnd())];
    }
}
