using System.Globalization;
using SparseKernels.Diagnostics;
using SparseKernels.Pruning;
using SparseKernels.Training.Layers;

namespace SparseKernels.Cli.Reports;

/// <summary>A layer's line in tables of pruning: the same columns on the screen and in the report.</summary>
/// <param name="Cells">One text for each of <see cref="Columns"/>.</param>
internal sealed record PrunedLayerRow(IReadOnlyList<string> Cells)
{
    private const string WeightSuffix = ".weight";

    /// <summary>The columns' names.</summary>
    public static IReadOnlyList<string> Columns { get; } =
        ["layer", "weights", "left", "sparsity", "coarse", "of the zeros", "imbalance of inputs", "of cores", "skipped in fwd / bwd data / bwd weights", "bytes"];

    /// <summary>A row for each pruned layer, and one for all.</summary>
    /// <param name="report">What was pruned.</param>
    /// <param name="plans">The network's convolutions.</param>
    public static IReadOnlyList<PrunedLayerRow> All(PruningReport report, IReadOnlyList<LayerPlan> plans)
    {
        var rows = report.Layers.Select(layer => Of(layer, plans.FirstOrDefault(plan => plan.Name == NameOf(layer))?.Plan.Choices)).ToList();
        rows.Add(new PrunedLayerRow(
        [
            "all of these", Text(report.Layers.Sum(layer => layer.Weights)), Text(report.Layers.Sum(layer => layer.LiveWeights)),
            Percent(report.Sparsity), Percent(report.CoarseSparsity), Percent(report.CoarseShare), "", "", "",
            Text(report.Layers.Sum(Bytes)),
        ]));
        return rows;
    }

    private static PrunedLayerRow Of(LayerPruningReport layer, PlanChoices? choices) => new(
    [
        NameOf(layer),
        Text(layer.Weights), Text(layer.LiveWeights), Percent(layer.Sparsity), Percent(layer.CoarseSparsity), Percent(layer.CoarseShare),
        $"{Number(layer.InputImbalanceAtFirst)} > {Number(layer.InputImbalance)}", $"{Number(layer.CoreImbalanceAtFirst)} > {Number(layer.CoreImbalance)}",
        choices is { } known ? $"{known.Forward} / {known.BackwardData} / {known.BackwardWeights}" : "",
        Text(Bytes(layer)),
    ]);

    private static string NameOf(LayerPruningReport layer) =>
        layer.Name.EndsWith(WeightSuffix, StringComparison.Ordinal) ? layer.Name[..^WeightSuffix.Length] : layer.Name;

    /// <summary>What the layer takes in the sparse form of a weights file: the values and a bit for each weight.</summary>
    private static long Bytes(LayerPruningReport layer) => (layer.LiveWeights * sizeof(float)) + ((layer.Weights + 7) / 8);

    private static string Text(long value) => value.ToString(CultureInfo.InvariantCulture);

    private static string Number(double value) => value.ToString("F2", CultureInfo.InvariantCulture);

    private static string Percent(double value) => string.Create(CultureInfo.InvariantCulture, $"{100 * value:F1} %");
}
