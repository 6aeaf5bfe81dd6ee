using ScottPlot;

namespace SparseKernels.Bench.Reporting;

/// <summary>Writes the bench's plots, all of one size.</summary>
internal static class PlotFile
{
    private const int Width = 900, Height = 560;

    /// <summary>Writes a PNG file.</summary>
    /// <param name="plot">The plot; all its texts get one font.</param>
    /// <param name="path">The file, overwritten.</param>
    /// <param name="warnings">Where one line goes if the system has no font.</param>
    public static void Save(Plot plot, string path, TextWriter warnings)
    {
        PlotFont.Use(plot, warnings);
        plot.SavePng(path, Width, Height);
    }
}
