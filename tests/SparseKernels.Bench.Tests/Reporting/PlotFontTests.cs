using ScottPlot;
using SparseKernels.Bench.Reporting;
using Xunit;

namespace SparseKernels.Bench.Tests.Reporting;

public sealed class PlotFontTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("fonts").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(null)]
    [InlineData("Serif.ttf", "Serif.ttf", "Serif-Bold.ttf", "readme.txt")]
    [InlineData("deep/LongerSans.ttf", "Serif.ttf", "deep/LongerSans.ttf", "deep/LongerSansMono.ttf")]
    public void Find_Folders_TakesThePlainestFont(string? expected, params string[] files)
    {
        foreach (var file in files)
        {
            var path = Path.Combine(_folder, file);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, "");
        }

        Assert.Equal(expected is null ? null : Path.Combine(_folder, expected), PlotFont.Find([Path.Combine(_folder, "none"), _folder]));
    }

    [Fact]
    public void Use_AnySystem_DrawsTextOrSaysThatThereIsNone()
    {
        using var plot = new Plot();
        plot.HideGrid();
        var without = Bytes(plot);
        var warnings = new StringWriter();

        plot.Title("a title");
        PlotFont.Use(plot, warnings);

        Assert.True(Bytes(plot) > without + 200 ^ warnings.ToString().Contains("fonts-dejavu-core"));
    }

    private static int Bytes(Plot plot) => plot.GetImage(300, 200).GetImageBytes().Length;
}
