using System.CommandLine;
using System.Globalization;

namespace SparseKernels.Bench.Commands;

/// <summary><c>ratios torch</c>: a TorchSharp program with and without <c>SparseTorch.Convert</c>.</summary>
internal static class TorchCommand
{
    private const int DefaultBatch = 64;
    private static readonly TimeSpan s_defaultBudget = TimeSpan.FromSeconds(15);

    /// <summary>Makes the command.</summary>
    /// <param name="run">The options shared with its parent.</param>
    public static Command Create(RunOptions run)
    {
        var models = new Option<string>("--models")
        {
            Description = $"Of {string.Join(", ", TorchPair.Models)} (several apart by commas); vgg-small by default.",
            HelpName = "names",
            DefaultValueFactory = _ => "vgg-small",
        };
        var masked = new Option<double>("--masked") { Description = "The share of the weights that is pruned, the first and last layer's left out; 0 by default.", HelpName = "share" };
        var command = new Command("torch", "TorchSharp programs with their models converted against the same ones as they are: training steps and inference.") { models, masked };
        command.SetAction(result =>
        {
            string[] names = result.GetValue(models)!.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            var unknown = names.FirstOrDefault(name => !TorchPair.Models.Contains(name));
            if (unknown is not null || names.Length == 0)
                throw new ArgumentException($"--models must be of {string.Join(", ", TorchPair.Models)}, got '{unknown}'.");
            var share = result.GetValue(masked);
            if (!(share >= 0 && share < 1)) throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"--masked must be 0 or more and under 1, got {share}."));
            new TorchComparison(run.Read(result, DefaultBatch, s_defaultBudget), names, share).Run(result.InvocationConfiguration.Output);
        });
        return command;
    }
}
