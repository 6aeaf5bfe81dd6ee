using System.Globalization;
using System.Xml.Linq;
using SparseKernels.Cli.Reports;
using SparseKernels.TestSupport;
using Xunit;

namespace SparseKernels.Cli.Tests.Reports;

public class CurvePlotTests
{
    private static readonly XNamespace s_svg = "http://www.w3.org/2000/svg";

    [Fact]
    public void Save_TwoCurves_PointsInTheirOrderBetweenTheAxes()
    {
        using var folder = new TemporaryFolder();
        var (weights, groups) = (new Curve("weights", [(1, 10), (2, 50), (3, 95)]), new Curve("a & b", [(2, 0), (3, 40)]));
        CurvePlot.Save(folder.File("a.svg"), "epoch", "zeros, %", [weights, groups]);

        var picture = XDocument.Load(folder.File("a.svg")).Root!;
        var curves = picture.Elements(s_svg + "polyline").Select(Points).ToArray();
        Assert.Equal([3, 2], curves.Select(curve => curve.Length));
        Assert.Equal(5, picture.Elements(s_svg + "circle").Count());
        Assert.Equal(curves[0].OrderBy(point => point.X), curves[0].OrderByDescending(point => point.Y));
        Assert.Equal(curves[0][1].X, curves[1][0].X);
        Assert.True(curves[0][2].Y < curves[1][1].Y, "95 must stand higher than 40");
        Assert.All(
            curves.SelectMany(points => points), point => Assert.True(point is { X: > 70 and < 780, Y: >= 20 and <= 420 }, $"{point}"));
        var texts = picture.Descendants(s_svg + "text").Select(text => text.Value).ToArray();
        Assert.All(["epoch", "zeros, %", "weights", "a & b", "0", "1", "3", "20", "100"], text => Assert.Contains(text, texts));
        Assert.DoesNotContain("0.5", texts);
    }

    [Fact]
    public void Save_OneCurveOfOneZero_NoLegendAndFiniteNumbers()
    {
        using var folder = new TemporaryFolder();
        CurvePlot.Save(folder.File("a.svg"), "epoch", "accuracy, %", [new Curve("test", [(1, 0)])]);
        var text = File.ReadAllText(folder.File("a.svg"));
        Assert.DoesNotContain("NaN", text, StringComparison.Ordinal);
        Assert.DoesNotContain("Infinity", text, StringComparison.Ordinal);
        Assert.DoesNotContain(">test<", text, StringComparison.Ordinal);
    }

    private static (double X, double Y)[] Points(XElement line) =>
        [.. line.Attribute("points")!.Value.Split(' ').Select(point => point.Split(',')).Select(xy => (Number(xy[0]), Number(xy[1])))];

    private static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);
}
