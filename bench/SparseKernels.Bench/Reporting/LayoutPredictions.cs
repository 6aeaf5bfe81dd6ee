using System.Globalization;
using SparseKernels.Training.Networks;

namespace SparseKernels.Bench.Reporting;

/// <summary>What convolutions were predicted to take in each layout, from which a network chooses its own, beside what they took in the one they ran in.</summary>
internal static class LayoutPredictions
{
    /// <summary>Writes a line for each convolution and pass, and their sums.</summary>
    /// <param name="network">The network, some steps after its times were reset.</param>
    /// <param name="rows">What was seen in a step of them.</param>
    /// <param name="output">Where it goes.</param>
    public static void Write(Network network, IReadOnlyList<TrafficRow> rows, TextWriter output)
    {
        var seen = rows.ToLookup(row => (row.Layer, row.Pass), row => row.Milliseconds);
        var layouts = Enum.GetValues<BlockedLayout>();
        var passes = from layer in network.Plans
                     from pass in Enum.GetValues<ConvolutionPass>()
                     let milliseconds = seen[(layer.Name, pass.ToString())].Sum()
                     where milliseconds > 0
                     select (layer.Name, Pass: pass.ToString(), Seen: milliseconds, Predicted: layouts.Select(layout => 1e3 * layer.Plan.PredictedSeconds(pass, layout)).ToArray());
        var lines = passes.ToArray();
        output.WriteLine();
        output.WriteLine($"{$"seen {network.Layout}, predicted ms",-32} {"pass",-15} {"seen ms",9} {string.Join(' ', layouts.Select(layout => $"{layout,14}"))}");
        foreach (var (name, pass, milliseconds, predicted) in lines) output.WriteLine(Line(name, pass, milliseconds, predicted));
        output.WriteLine(Line("all", "", lines.Sum(line => line.Seen), [.. layouts.Select((_, i) => lines.Sum(line => line.Predicted[i]))]));
    }

    private static string Line(string name, string pass, double seen, double[] predicted) => string.Create(
        CultureInfo.InvariantCulture,
        $"{name,-32} {pass,-15} {seen,9:F3} {string.Join(' ', predicted.Select(milliseconds => milliseconds.ToString("F3", CultureInfo.InvariantCulture).PadLeft(14)))}");
}
