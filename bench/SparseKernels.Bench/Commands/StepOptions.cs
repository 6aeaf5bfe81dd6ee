using System.CommandLine;
using SparseKernels.Training.Models;

namespace SparseKernels.Bench.Commands;

/// <summary>The options of comparisons of whole networks.</summary>
internal sealed class StepOptions
{
    private const int DefaultWarmUp = 50;

    /// <summary>The models of the stored results and the targets.</summary>
    private static readonly string[] s_defaultModels = ["vgg-small", "resnet20"];

    private readonly Option<string?> _models = ModelsOption();

    private readonly Option<string> _schedules = new("--schedule")
    {
        Description = "How our convolutions choose: automatic, reproducible, dense or a pair such as input-weight (several apart by commas); the first two by default.",
        HelpName = "names",
        DefaultValueFactory = _ => "automatic,reproducible",
    };

    private readonly Option<double?> _masked = new("--masked")
    {
        Description = "Share of weights masked at random, over 0 to 0.999, in all layers but the first and the last; none by default.",
        HelpName = "share",
        CustomParser = result => RunOptions.Number(result, 0.001, 0.999, whole: false),
    };

    private readonly Option<int> _warmUp = new("--warm-up-steps")
    {
        Description = $"Training steps before anything is timed; {DefaultWarmUp} by default.",
        HelpName = "count",
        DefaultValueFactory = _ => DefaultWarmUp,
        CustomParser = result => (int)RunOptions.Number(result, 0, 100_000, whole: true),
    };

    private readonly Option<string?> _folder = FolderOption();

    private readonly Option<string?> _layout = SparseCommand.LayoutOption("by default as each network chooses");

    private readonly Option<int?> _size = new("--size")
    {
        Description = "Height and width of an image, CIFAR-10's resized; by default 32, and 28 for lenet.",
        HelpName = "pixels",
        CustomParser = result => (int)RunOptions.Number(result, 1, 4096, whole: true),
    };

    /// <summary>Adds them to a command.</summary>
    public void AddTo(Command command)
    {
        foreach (var option in new Option[] { _models, _schedules, _masked, _warmUp, _folder, _layout, _size }) command.Options.Add(option);
    }

    /// <summary>What the user gave.</summary>
    /// <param name="result">The command line.</param>
    /// <param name="run">What every comparison takes.</param>
    /// <exception cref="ArgumentException">A model or schedule is unknown.</exception>
    public StepSettings Read(ParseResult result, RunSettings run) => new(
        run, ParseModels(result.GetValue(_models)), ParseSchedules(result.GetValue(_schedules)!), result.GetValue(_masked), result.GetValue(_warmUp),
        result.GetValue(_folder), SparseCommand.LayoutOf(result.GetValue(_layout)), result.GetValue(_size));

    internal static Option<string?> ModelsOption() =>
        new("--models") { Description = $"Names of models (several apart by commas); {string.Join(" and ", s_defaultModels)} by default.", HelpName = "names" };

    internal static Option<string?> FolderOption() => new("--data-dir") { Description = "The folder of CIFAR-10's binary files; painted shapes where there is none.", HelpName = "folder" };

    /// <summary>The one model that <c>--model</c> names.</summary>
    internal static string ParseModel(string name)
    {
        var names = ParseModels(name, "--model");
        return names.Count == 1 ? names[0] : throw new ArgumentException($"--model: expected one model, got {names.Count}.");
    }

    internal static IReadOnlyList<string> ParseModels(string? names, string option = "--models")
    {
        if (names is null) return s_defaultModels;
        var wanted = names.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        var unknown = wanted.FirstOrDefault(name => !ModelCatalogue.Names.Contains(name));
        if (unknown is not null || wanted.Length == 0)
            throw new ArgumentException($"{option} {names}: unknown model '{unknown}'; known: {string.Join(", ", ModelCatalogue.Names)}.");
        return wanted;
    }

    private static IReadOnlyList<KernelSchedule> ParseSchedules(string names)
    {
        try
        {
            KernelSchedule[] wanted = [.. names.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(KernelSchedule.Parse)];
            return wanted.Length > 0 ? wanted : throw new ArgumentException("expected at least one schedule, got none.");
        }
        catch (ArgumentException e)
        {
            throw new ArgumentException($"--schedule {names}: {e.Message}", e);
        }
    }
}
