using System.Globalization;
using SparseKernels.Diagnostics;
using SparseKernels.Training.Layers;
using Spectre.Console;

namespace SparseKernels.Cli.Explain;

/// <summary>Per convolution and pass: densities, what ran and how long, and what every way to run it was predicted to take.</summary>
internal static class ExplainTable
{
    private static readonly (ConvolutionPass Pass, string Name)[] s_passes =
        [(ConvolutionPass.Forward, "forward"), (ConvolutionPass.BackwardData, "bwd data"), (ConvolutionPass.BackwardWeights, "bwd weights")];

    /// <summary>Makes the table.</summary>
    /// <param name="plans">The network's plans.</param>
    public static Table Create(IReadOnlyList<LayerPlan> plans)
    {
        var table = new Table().Border(TableBorder.Simple).AddColumns("layer", "pass", "x", "w", "dy", "runs", "ms", "predicted");
        foreach (var column in table.Columns.Take(7)) column.NoWrap();
        table.Columns[6].RightAligned();
        foreach (var layer in plans)
        {
            foreach (var (pass, name) in s_passes)
            {
                var report = layer.Plan.Report(pass);
                if (report.Calls > 0) table.AddRow([.. Row(layer.Name, name, report, report.Chosen!).Select(cell => new Text(cell))]);
            }
        }

        return table;
    }

    private static string[] Row(string layer, string pass, PassReport report, CandidateReport ran) =>
    [
        layer, pass,
        Density(report.Input, report.Pass == ConvolutionPass.BackwardData),
        Density(report.Weight, report.Pass == ConvolutionPass.BackwardWeights),
        Density(report.Output, report.Pass == ConvolutionPass.Forward),
        ran.Name, Milliseconds(ran.LastTime),
        string.Join(", ", report.Candidates.Where(candidate => candidate.Predicted is not null).OrderBy(candidate => candidate.Expected).Select(Prediction)),
    ];

    private static string Prediction(CandidateReport candidate)
    {
        var (predicted, expected) = (Milliseconds(candidate.Predicted!.Value), Milliseconds(candidate.Expected ?? candidate.Predicted.Value));
        return predicted == expected ? $"{candidate.Name} {predicted}" : $"{candidate.Name} {predicted}→{expected}";
    }

    /// <summary>Nothing for a result of which all is wanted, and where nobody looked since there was nothing to choose.</summary>
    private static string Density(OperandDensity? density, bool isResult)
    {
        if (density is not { } known || (isResult && known == OperandDensity.Full)) return "";
        var text = string.Create(CultureInfo.InvariantCulture, $"{100 * known.Fine:F0}/{100 * known.Coarse:F0}");
        return isResult ? $"({text})" : text;
    }

    private static string Milliseconds(TimeSpan time) => time.TotalMilliseconds.ToString("F2", CultureInfo.InvariantCulture);
}
