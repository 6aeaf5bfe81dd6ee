using System.CommandLine;
using System.Globalization;

namespace SparseKernels.Bench.Commands;

/// <summary><c>ratios torch</c>: a TorchSharp program with and without <c>SparseTorch.Convert</c>.</summary>
internal static class TorchCommand
{
    private static readonly string[] s_tasks = ["step", "predict"];

    private static readonly TimeSpan s_defaultBudget = TimeSpan.FromSeconds(15);

    /// <summary>Makes the command.</summary>
    /// <param name="run">The options shared with its parent.</param>
    public static Command Create(RunOptions run)
    {
        string[] known = [.. TorchPair.Models, TorchComparison.Node];
        var models = Names("--models", $"Of {string.Join(", ", known)} (several apart by commas); vgg-small by default. The last is one small convolution.", "vgg-small");
        var modes = Names("--modes", "Whether stretches become nodes (convert), or layers one by one (swap), or so that their outputs lie channels-last (swap-channels-last); convert by default.", "convert");
        var tasks = Names("--tasks", "Of step, predict; both by default.", "step,predict");
        var masked = Names("--masked", "Shares of the weights that are pruned, the first and last layer's left out; 0 by default.", "0");
        var command = new Command("torch", "TorchSharp programs with their models converted against the same ones as they are: training steps and inference.") { models, modes, tasks, masked };
        command.SetAction(result =>
        {
            var shares = Split(result.GetValue(masked)!).Select(Share).ToArray();
            new TorchComparison(
                run.Read(result, TorchComparison.BatchOfModel, s_defaultBudget), Of(result.GetValue(models)!, models.Name, known), Of(result.GetValue(modes)!, modes.Name, [.. TorchComparison.Modes.Keys]),
                Of(result.GetValue(tasks)!, tasks.Name, s_tasks), shares).Run(result.InvocationConfiguration.Output);
        });
        return command;
    }

    private static Option<string> Names(string name, string description, string byDefault) =>
        new(name) { Description = description, HelpName = "list", DefaultValueFactory = _ => byDefault };

    private static string[] Split(string list) => list.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    private static string[] Of(string list, string option, string[] known)
    {
        var names = Split(list);
        var wrong = names.Length == 0 ? list : names.FirstOrDefault(name => !known.Contains(name));
        if (wrong is not null) throw new ArgumentException($"{option} must be of {string.Join(", ", known)}, got '{wrong}'.");
        return names;
    }

    private static double Share(string text) =>
        double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var share) && share < 1
            ? share
            : throw new ArgumentException($"--masked must be 0 or more and under 1, got {text}.");
}
