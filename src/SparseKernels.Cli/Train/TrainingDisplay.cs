using System.Globalization;
using SparseKernels.Cli.Reports;
using SparseKernels.Cli.Terminal;
using SparseKernels.Training;
using SparseKernels.Training.Pruning;
using Spectre.Console;

namespace SparseKernels.Cli.Train;

/// <summary>What is seen while training: a line per epoch everywhere, and under it a live bar where there is a terminal.</summary>
/// <param name="isQuiet">Whether nothing is seen: of several ranks one speaks.</param>
internal sealed class TrainingDisplay(bool isQuiet)
{
    private readonly IAnsiConsole _console = Screen.Out();
    private ProgressTask? _bar;

    /// <summary>Shows the bar, if there is a terminal, for as long as the work takes.</summary>
    /// <param name="steps">Steps of the whole run.</param>
    /// <param name="work">The training, which reports to this display.</param>
    public void Run(long steps, Action work)
    {
        if (isQuiet || !Screen.IsLive)
        {
            work();
            return;
        }

        _console.Progress().AutoClear(true).HideCompleted(false)
            .Columns(new ProgressBarColumn(), new PercentageColumn(), new TaskDescriptionColumn { Alignment = Justify.Left })
            .Start(context =>
            {
                _bar = context.AddTask("starting", maxValue: steps);
                work();
            });
        _bar = null;
    }

    /// <summary>Moves the bar.</summary>
    /// <param name="step">The step.</param>
    /// <param name="speed">How much faster steps are than before the first pruning; null if not known.</param>
    public void Step(StepReport step, double? speed)
    {
        if (_bar is null) return;
        _bar.Value = step.Step;
        _bar.Description = string.Create(
            CultureInfo.InvariantCulture,
            $"epoch {step.Epoch}  loss {step.Loss:F3}  {step.ImagesPerSecond:F0} images/s  {Pruning(step.Pruning, speed)}{(int)step.Remaining.TotalMinutes}:{step.Remaining.Seconds:00} left");
    }

    /// <summary>Writes an epoch's line, and one of what it skipped, if anything.</summary>
    /// <param name="epoch">What it gave.</param>
    /// <param name="epochs">Epochs of the whole run.</param>
    public void Epoch(EpochReport epoch, int epochs)
    {
        Line(string.Create(
            CultureInfo.InvariantCulture,
            $"epoch {epoch.Epoch,3}/{epochs}  loss {epoch.TrainingLoss:F4}  accuracy {100 * epoch.TrainingAccuracy,5:F1} %  test loss {epoch.TestLoss:F4}  test accuracy {100 * epoch.TestAccuracy,5:F1} %  {epoch.ImagesPerSecond,6:F0} images/s  {(epoch.TrainingTime + epoch.ValidationTime + epoch.EvaluationTime).TotalSeconds:F1} s, {100 * epoch.WaitingShare:F1} % of training waiting for data{Pruning(epoch)}"));
        if (SkippedText.Line(epoch) is { } skipped) Line(skipped);
    }

    /// <summary>Writes a line.</summary>
    /// <param name="text">The line, as it is: no markup.</param>
    public void Line(string text)
    {
        if (isQuiet) return;
        if (Screen.IsLive)
        {
            _console.WriteLine(text);
            return;
        }

        // Spectre would wrap long lines; a file takes them whole.
        Console.Out.WriteLine(text);
        Console.Out.Flush();
    }

    /// <summary>Writes a table.</summary>
    public void Table(Table table)
    {
        if (!isQuiet) _console.Write(table);
    }

    /// <summary>What the bar says of pruning.</summary>
    private static string Pruning(PruningStatus? pruning, double? speed)
    {
        if (pruning is null) return "";
        var gain = speed is { } known ? string.Create(CultureInfo.InvariantCulture, $" {known:F2}x dense") : "";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{100 * pruning.Sparsity:F1} % pruned, {100 * pruning.CoarseSparsity:F1} % coarse{Gate(pruning)}{gain}  ");
    }

    /// <summary>What an epoch's line says of it.</summary>
    private static string Pruning(EpochReport epoch) => epoch.Pruning is not { } pruning ? "" : string.Create(
        CultureInfo.InvariantCulture,
        $"  sparsity {100 * pruning.Sparsity:F1} %, coarse {100 * pruning.CoarseSparsity:F1} %{(pruning.ValidationAccuracy is { } accuracy ? string.Create(CultureInfo.InvariantCulture, $", validation accuracy {100 * accuracy:F1} %") : "")}{Gate(pruning)}, step {epoch.StepTime.TotalMilliseconds:F1} ms");

    private static string Gate(PruningStatus pruning) => pruning.Gate is not { } gate ? "" : gate.Finished
        ? string.Create(CultureInfo.InvariantCulture, $", gate over after {gate.Periods} prunings")
        : string.Create(CultureInfo.InvariantCulture, $", gate {gate.Periods} prunings, waited {gate.Waited}");
}
