using System.Globalization;
using ScottPlot;
using ScottPlot.TickGenerators;

namespace SparseKernels.Bench.Reporting;

/// <summary>Draws a pass's speed-up against the share of zeros, beside dense, libtorch and the ideal 1/density.</summary>
internal static class SpeedUpPlot
{
    private const int MostZeros = 99;

    /// <summary>The highest power of two on the axis: more than any cell reaches where the ideal line leaves the plot.</summary>
    private const int Top = 5;

    /// <summary>Writes a PNG file.</summary>
    /// <param name="curves">The pass.</param>
    /// <param name="machine">What the title says of threads, batch and instruction set.</param>
    /// <param name="path">The file, overwritten.</param>
    /// <param name="warnings">Where one line goes if the system has no font.</param>
    public static void Save(SpeedUpCurves curves, string machine, string path, TextWriter warnings)
    {
        using var plot = new Plot();
        plot.Title($"{curves.Pass}: speed-up over our dense kernels ({machine}; geometric mean of {curves.Layers} layers)", size: 15);
        plot.XLabel("zeros in the sparse operand, %");
        plot.YLabel("speed-up");

        var zeros = Enumerable.Range(0, MostZeros + 1).Select(percent => (double)percent).ToArray();
        AddLine(plot, "ideal: 1 / density", zeros, [.. zeros.Select(percent => 1 / (1 - percent / 100))], Colors.Gray, LinePattern.Dotted);
        AddLine(plot, "dense", [0, MostZeros], [1, 1], Colors.Black, LinePattern.Solid);
        if (curves.Peer is { } peer)
            AddLine(plot, "TorchSharp (dense)", [0, MostZeros], [peer, peer], Colors.DarkOrange, LinePattern.Dashed);
        foreach (var cell in curves.Cells)
        {
            var line = plot.Add.Scatter(cell.Sparsity.Select(share => 100 * share).ToArray(), Logarithms(cell.SpeedUp));
            (line.LegendText, line.LineWidth, line.MarkerSize) = (cell.Cell, 2, 8);
        }

        var ticks = Enumerable.Range(-2, Top + 3).Select(power => (double)power).ToArray();
        plot.Axes.Left.TickGenerator = new NumericManual(
            ticks, [.. ticks.Select(power => $"{Math.Pow(2, power).ToString("0.##", CultureInfo.InvariantCulture)}x")]);
        plot.Axes.SetLimits(0, 100, ticks[0], Top);
        plot.ShowLegend(Alignment.UpperLeft);
        PlotFile.Save(plot, path, warnings);
    }

    private static void AddLine(Plot plot, string name, double[] zeros, double[] speedUp, Color color, LinePattern pattern)
    {
        var line = plot.Add.ScatterLine(zeros, Logarithms(speedUp));
        (line.LegendText, line.Color, line.LinePattern, line.LineWidth) = (name, color, pattern, 1.5f);
    }

    /// <summary>The axis is in powers of two: each step is as far as the one before.</summary>
    private static double[] Logarithms(double[] values) => [.. values.Select(Math.Log2)];
}
