using ScottPlot;
using SparseKernels.Training;

namespace SparseKernels.Cli;

/// <summary>A run's curves over its epochs as PNG files beside its checkpoint: <c>name-accuracy.png</c>, <c>name-sparsity.png</c> and <c>name-step-time.png</c>.</summary>
internal static class RunPlots
{
    private const int Width = 800, Height = 480;

    /// <summary>Draws the files, those of pruning for a run that prunes alone.</summary>
    /// <param name="stem">The weights file without its extension.</param>
    /// <param name="epochs">What the epochs gave; at least one.</param>
    /// <returns>The files.</returns>
    /// <exception cref="IOException">One can't be written.</exception>
    public static IReadOnlyList<string> Save(string stem, IReadOnlyList<EpochReport> epochs)
    {
        var files = new List<string>
        {
            Save($"{stem}-accuracy.png", "accuracy, %", epochs, ("test", epoch => 100 * epoch.TestAccuracy), ("validation", epoch => 100 * epoch.Pruning?.ValidationAccuracy)),
            Save($"{stem}-step-time.png", "median step, ms", epochs, ("step", epoch => epoch.StepTime.TotalMilliseconds)),
        };
        if (epochs[^1].Pruning is not null)
            files.Add(Save($"{stem}-sparsity.png", "zeros, %", epochs, ("weights", epoch => 100 * epoch.Pruning?.Sparsity), ("coarse groups", epoch => 100 * epoch.Pruning?.CoarseSparsity)));
        return files;
    }

    private static string Save(string path, string quantity, IReadOnlyList<EpochReport> epochs, params (string Name, Func<EpochReport, double?> Value)[] curves)
    {
        using var plot = new Plot();
        plot.XLabel("epoch");
        plot.YLabel(quantity);
        foreach (var (name, value) in curves)
        {
            var known = epochs.Where(epoch => value(epoch) is not null).ToArray();
            if (known.Length == 0) continue;
            var line = plot.Add.Scatter(known.Select(epoch => (double)epoch.Epoch).ToArray(), known.Select(epoch => value(epoch)!.Value).ToArray());
            (line.LegendText, line.LineWidth, line.MarkerSize) = (name, 2, 6);
        }

        plot.Axes.SetLimits(0, epochs[^1].Epoch + 1, 0, curves.Max(curve => epochs.Max(curve.Value) ?? 0) * 1.1 + 1e-3);
        if (curves.Length > 1) plot.ShowLegend(Edge.Bottom);
        plot.SavePng(path, Width, Height);
        return path;
    }
}
