using System.Globalization;
using ScottPlot;
using ScottPlot.TickGenerators;
using SparseKernels.Bench.Reporting;

namespace SparseKernels.Bench.Ranks;

/// <summary>Draws the predicted efficiency against the number of ranks, a line for each share of zeros.</summary>
internal static class RankPlot
{
    /// <summary>Writes a PNG file.</summary>
    /// <param name="steps">The steps of one model.</param>
    /// <param name="ranks">The numbers of ranks.</param>
    /// <param name="link">The network.</param>
    /// <param name="path">The file, overwritten.</param>
    /// <param name="warnings">Where one line goes if the system has no font.</param>
    public static void Save(IReadOnlyList<RankStep> steps, int[] ranks, RankLink link, string path, TextWriter warnings)
    {
        using var plot = new Plot();
        plot.Title(string.Create(CultureInfo.InvariantCulture, $"{steps[0].Model}: predicted efficiency, ring, nothing hidden, {link.GigabitsPerSecond} Gbit/s"), size: 15);
        plot.XLabel("ranks");
        plot.YLabel("efficiency, %");
        double[] places = [.. ranks.Select(count => Math.Log2(count))];
        foreach (var step in steps)
        {
            var line = plot.Add.Scatter(places, [.. ranks.Select(count => 100 * step.Efficiency(step.Ring(count, link), hides: false))]);
            (line.LegendText, line.LineWidth, line.MarkerSize) = (string.Create(CultureInfo.InvariantCulture, $"{100 * step.Zeros:F0} % zeros"), 2, 8);
        }

        plot.Axes.Bottom.TickGenerator = new NumericManual(places, [.. ranks.Select(count => count.ToString(CultureInfo.InvariantCulture))]);
        plot.Axes.SetLimits(places[0], places[^1], 0, 102);
        plot.ShowLegend(Alignment.LowerLeft);
        PlotFile.Save(plot, path, warnings);
    }
}
