using System.CommandLine;
using System.Globalization;
using SparseKernels.Cli.Terminal;
using Spectre.Console;

namespace SparseKernels.Cli.Calibrate;

/// <summary><c>sparsekernels calibrate</c>: measures this machine once, so that the scheduler's predictions fit it.</summary>
internal static class CalibrateCommand
{
    /// <summary>
    /// As <see cref="Calibration.Error"/>: 17 %. Quiet machines gave 9 to 13 %; one measured beside other work missed by 21 %, and an unpruned step took
    /// 1.3 times as long as with the built-in predictions.
    /// </summary>
    private const double NoisyError = 0.157;

    public static Command Create()
    {
        var force = new Option<bool>("--force") { Description = "Measure again, even where this machine's calibration is there already." };
        var seconds = new Option<double?>("--seconds")
        {
            Description = "About how long to measure at most; by default 12, as the first training run does.",
            CustomParser = result =>
            {
                var text = result.Tokens[0].Value;
                if (InvariantNumber.TryParse<double>(text, out var value) && value is > 0 and <= 3600) return value;
                result.AddError($"--seconds must be a number over 0 and up to 3600, got {text}.");
                return null;
            },
        };
        var command = new Command("calibrate", "Measure how fast this machine's kernels are, for the choice among them; best while nothing else runs.") { force, seconds };
        command.SetAction(parsed => Run(parsed.GetValue(force), parsed.GetValue(seconds) is { } most ? TimeSpan.FromSeconds(most) : null));
        return command;
    }

    /// <summary>What to do about a fit that misses by so much; null where there is nothing to do.</summary>
    internal static string? Advice(double error) => error <= NoisyError ? null
        : "That is more than a quiet machine gives, and kernels chosen by it can be slower than by the built-in predictions: measure again with --force "
            + "when nothing else runs, or set SPARSEKERNELS_CALIBRATION=off.";

    private static int Run(bool force, TimeSpan? budget)
    {
        var measured = false;
        var calibration = Calibration.Ensure(force, budget, message =>
        {
            measured = true;
            Console.WriteLine($"{message}");
        });
        var facts = new Grid().AddColumn(new GridColumn().NoWrap().PadRight(2)).AddColumn();
        facts.AddRow(new Text("Calibration"), new Text(calibration.Source));
        facts.AddRow(new Text("Fit"), new Text(string.Create(
            CultureInfo.InvariantCulture, $"predictions miss the times they were fitted to by {100 * (Math.Exp(calibration.Error) - 1):F0} % in the mean")));
        if (Advice(calibration.Error) is { } advice) facts.AddRow(new Text(""), new Text(advice));
        if (!measured) facts.AddRow(new Text(""), new Text("Nothing was measured; --force measures again."));
        Screen.Out().Write(facts);
        return 0;
    }
}
