using ScottPlot;
using SkiaSharp;

namespace SparseKernels.Bench.Reporting;

/// <summary>
/// A font for plots. On Linux the drawing library is the build that needs no other libraries. It knows no system fonts, only one without a name and
/// letters: unless it is given another it draws no text, and says nothing.
/// </summary>
internal static class PlotFont
{
    private const string Name = "plot";

    private static readonly string[] s_folders = ["/usr/share/fonts", "/usr/local/share/fonts", "/Library/Fonts", "/System/Library/Fonts"];

    /// <summary>Has a plot use a font of the system.</summary>
    /// <param name="plot">The plot, with its texts.</param>
    /// <param name="warnings">Where one line goes if there is none.</param>
    public static void Use(Plot plot, TextWriter warnings)
    {
        if (SKFontManager.Default.FontFamilies.Any(family => family.Length > 0)) return;
        if (Find(s_folders) is not { } file)
        {
            warnings.WriteLine($"no font in {string.Join(", ", s_folders)}: the plot has no text (Debian's package fonts-dejavu-core has one)");
            return;
        }

        foreach (var bold in (bool[])[false, true]) Fonts.AddFontFile(Name, file, bold);
        plot.Font.Set(Name);
    }

    /// <summary>The plainest TrueType font: the one of the shortest name, without serifs where there is a choice.</summary>
    /// <param name="folders">Where to look, with all below.</param>
    /// <returns>A file; null where there is none.</returns>
    internal static string? Find(IEnumerable<string> folders) =>
        folders.Where(Directory.Exists)
            .SelectMany(folder => Directory.EnumerateFiles(folder, "*.ttf", SearchOption.AllDirectories))
            .OrderByDescending(file => Path.GetFileName(file).Contains("Sans", StringComparison.OrdinalIgnoreCase))
            .ThenBy(file => Path.GetFileName(file).Length)
            .ThenBy(file => file, StringComparer.Ordinal)
            .FirstOrDefault();
}
