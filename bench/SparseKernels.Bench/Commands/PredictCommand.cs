using System.CommandLine;
using System.Globalization;

namespace SparseKernels.Bench.Commands;

/// <summary><c>ratios predict</c>: inference of whole networks.</summary>
internal static class PredictCommand
{
    private static readonly TimeSpan s_defaultBudget = TimeSpan.FromSeconds(5);

    /// <summary>Makes the command.</summary>
    /// <param name="run">The options shared with its parent.</param>
    public static Command Create(RunOptions run)
    {
        var options = new StepOptions();

        // The nearer option of that name is the one that counts here: it takes several.
        var batches = new Option<int[]>("--batch")
        {
            Description = "Images at once (several apart by commas); 1,64 by default.",
            HelpName = "counts",
            DefaultValueFactory = _ => [1, 64],
            CustomParser = result =>
            {
                var words = result.Tokens[0].Value.Split(',', StringSplitOptions.TrimEntries);
                var found = new int[words.Length];
                for (var i = 0; i < words.Length; i++)
                {
                    if (int.TryParse(words[i], NumberStyles.None, CultureInfo.InvariantCulture, out found[i]) && found[i] is >= 1 and <= 65536) continue;
                    result.AddError($"--batch: expected whole numbers from 1 to 65536, got '{words[i]}'.");
                    return [];
                }

                return found;
            },
        };
        var command = new Command("predict", "Inference of each model against the same model in TorchSharp.") { batches };
        options.AddTo(command);
        command.SetAction(result =>
        {
            var settings = run.Read(result, defaultBatch: 1, s_defaultBudget);
            new PredictComparison(options.Read(result, settings), result.GetValue(batches)!).Run(result.InvocationConfiguration.Output);
        });
        return command;
    }
}
