using System.Globalization;
using System.Text;
using SparseKernels.Cli.Runs;
using SparseKernels.Files;
using SparseKernels.Isa;
using SparseKernels.Training;
using SparseKernels.Training.Checkpoints;
using SparseKernels.Training.Pruning;

namespace SparseKernels.Cli.Reports;

/// <summary>
/// A run's report in Markdown, beside its checkpoint: <c>name.report.md</c>, with the pictures of <see cref="RunPlots"/>.
/// </summary>
internal static class RunReport
{
    private const string Extension = ".safetensors";

    private static readonly string[] s_epochColumns =
        ["epoch", "loss", "accuracy", "test loss", "test accuracy", "validation accuracy", "sparsity", "coarse", "step ms", "training s", "waiting s", "validation s", "test s"];

    /// <summary>Writes the report.</summary>
    /// <param name="weights">The weights file.</param>
    /// <param name="settings">What the run was started with.</param>
    /// <param name="trainer">The run, complete.</param>
    /// <param name="history">What it reported; nothing of a run that was complete already.</param>
    /// <param name="time">How long it took.</param>
    /// <returns>The report's path.</returns>
    /// <exception cref="IOException">It can't be written.</exception>
    public static string Write(string weights, RunSettings settings, Trainer trainer, RunHistory history, TimeSpan time)
    {
        var stem = weights[..^Extension.Length];
        var path = RunFiles.ReportOf(weights);
        var text = new StringBuilder();
        var accuracy = history.Epochs is [.., var last] ? last.TestAccuracy : trainer.Evaluate().Accuracy;
        Line(text, $"# {settings.Model} on {settings.Data.Name}");
        Line(text, $"");
        Line(text, $"Test accuracy **{100 * accuracy:F2} %** after {trainer.Progress.Epoch} epochs{Since(history, time)}. Batch {settings.Batch}, rate {settings.Rate}, seed {settings.Seed}, schedule {settings.Schedule}, {InstructionSet.NameOf(InstructionSet.Current)}, {ProcessorName.Read()}. Weights: `{Path.GetFileName(weights)}`, {new FileInfo(weights).Length} bytes ({trainer.Network.State.Sum(tensor => (long)tensor.Values.Length) * sizeof(float)} dense).");
        if (trainer.PruningUnit is { } unit)
        {
            Line(text, $"");
            Line(text, $"## Pruning");
            Line(text, $"");
            foreach (var line in PruningSummary.Lines(unit, history)) Line(text, $"- {line}");
            Line(text, $"");
            var rows = PrunedLayerRow.All(unit.Report, trainer.Network.Plans);
            Table(text, PrunedLayerRow.Columns, rows.Select(row => row.Cells));
            Line(text, $"");
            Line(text, $"Settings:");
            Line(text, $"");
            Line(text, $"```json");
            Line(text, $"{PruningSettingsJson.Write(settings.Pruning!, indented: true)}");
            Line(text, $"```");
        }

        if (history.Epochs.Count > 0)
        {
            Line(text, $"");
            Line(text, $"## Epochs");
            Line(text, $"");
            Table(text, s_epochColumns, history.Epochs.Select(Cells));
            Line(text, $"");
            Line(text, $"{history.Waiting}");
            foreach (var file in RunPlots.Save(stem, history.Epochs))
            {
                Line(text, $"");
                Line(text, $"![]({Uri.EscapeDataString(Path.GetFileName(file))})");
            }
        }

        AtomicFile.Write(path, stream => stream.Write(Encoding.UTF8.GetBytes(text.ToString())));
        return path;
    }

    /// <summary>Whether the report of a complete run is missing, or older than its checkpoint: a kill came before it was written.</summary>
    public static bool IsLost(string weights)
    {
        var path = RunFiles.ReportOf(weights);
        return !File.Exists(path) || File.GetLastWriteTimeUtc(path) < File.GetLastWriteTimeUtc(Checkpoint.StatePath(weights));
    }

    private static string Since(RunHistory history, TimeSpan time) => history.Epochs is not [var first, ..]
        ? "; this report was written when the complete run was resumed, so that figures of its epochs are missing"
        : Text($", in {time.TotalSeconds:F0} s{(first.Epoch > 1 ? $" since the run went on after epoch {first.Epoch - 1}" : "")}");

    private static string[] Cells(EpochReport epoch) =>
    [
        Text($"{epoch.Epoch}"), Text($"{epoch.TrainingLoss:F4}"), Text($"{100 * epoch.TrainingAccuracy:F1} %"), Text($"{epoch.TestLoss:F4}"), Text($"{100 * epoch.TestAccuracy:F2} %"),
        epoch.Pruning?.ValidationAccuracy is { } accuracy ? Text($"{100 * accuracy:F2} %") : "",
        epoch.Pruning is { } pruning ? Text($"{100 * pruning.Sparsity:F1} %") : "", epoch.Pruning is { } same ? Text($"{100 * same.CoarseSparsity:F1} %") : "",
        Text($"{epoch.StepTime.TotalMilliseconds:F2}"), Text($"{epoch.TrainingTime.TotalSeconds:F1}"), Text($"{epoch.WaitingTime.TotalSeconds:F2}"), Text($"{epoch.ValidationTime.TotalSeconds:F1}"), Text($"{epoch.EvaluationTime.TotalSeconds:F1}"),
    ];

    private static void Table(StringBuilder text, IReadOnlyList<string> columns, IEnumerable<IReadOnlyList<string>> rows)
    {
        Line(text, $"| {string.Join(" | ", columns)} |");
        Line(text, $"|{string.Concat(columns.Select((_, i) => i == 0 ? "---|" : "---:|"))}");
        foreach (var row in rows) Line(text, $"| {string.Join(" | ", row)} |");
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private static void Line(StringBuilder text, FormattableString line) =>
        text.Append(line.ToString(CultureInfo.InvariantCulture)).Append('\n');
}
