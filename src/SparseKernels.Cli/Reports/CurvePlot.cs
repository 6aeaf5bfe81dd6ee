using System.Globalization;
using System.Xml.Linq;
using SparseKernels.Files;

namespace SparseKernels.Cli.Reports;

/// <summary>Curves over a common axis as an SVG file, which browsers and viewers of Markdown show; both axes begin at 0.</summary>
internal static class CurvePlot
{
    private const double Width = 800, Height = 480, Left = 70, Right = 20, Top = 20, Bottom = 60;

    /// <summary>Ticks of an axis at most.</summary>
    private const int MostTicks = 10;

    private static readonly XNamespace s_svg = "http://www.w3.org/2000/svg";
    private static readonly string[] s_colours = ["#1b6ca8", "#d9720b"];

    /// <summary>Draws the file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="abscissa">What the horizontal axis counts.</param>
    /// <param name="ordinate">The vertical axis's quantity and unit.</param>
    /// <param name="curves">One or two curves.</param>
    /// <exception cref="IOException">It can't be written.</exception>
    public static void Save(string path, string abscissa, string ordinate, IReadOnlyList<Curve> curves)
    {
        var points = curves.SelectMany(curve => curve.Points).ToArray();
        var (right, top) = (points.Max(point => point.X) + 1, Math.Max(points.Max(point => point.Y) * 1.1, 1e-3));
        var picture = new XElement(
            s_svg + "svg",
            new XAttribute("width", Width), new XAttribute("height", Height), new XAttribute("viewBox", $"0 0 {Width} {Height}"),
            new XAttribute("font-family", "sans-serif"), new XAttribute("font-size", 14),
            new XElement(s_svg + "rect", new XAttribute("width", Width), new XAttribute("height", Height), new XAttribute("fill", "white")),
            Ticks(right, least: 1).Select(x => Line(X(x), Y(0), X(x), Y(top), "#e0e0e0")),
            Ticks(right, least: 1).Select(x => Label(X(x), Height - Bottom + 20, "middle", Text(x))),
            Ticks(top, least: 0).Select(y => Line(X(0), Y(y), X(right), Y(y), "#e0e0e0")),
            Ticks(top, least: 0).Select(y => Label(Left - 8, Y(y) + 5, "end", Text(y))),
            Line(X(0), Y(0), X(right), Y(0), "black"), Line(X(0), Y(0), X(0), Y(top), "black"),
            Label(X(right / 2), Height - 12, "middle", abscissa),
            new XElement(
                s_svg + "g", new XAttribute("transform", $"translate(18 {Number(Y(top / 2))}) rotate(-90)"), Label(0, 0, "middle", ordinate)),
            curves.Select(Draw),
            curves.Count > 1 ? curves.Select(Legend) : null);
        AtomicFile.Write(path, stream => picture.Save(stream));

        double X(double value) => Left + (value / right * (Width - Left - Right));

        double Y(double value) => Height - Bottom - (value / top * (Height - Top - Bottom));

        XElement[] Draw(Curve curve, int i) =>
        [
            new XElement(
                s_svg + "polyline",
                new XAttribute("points", string.Join(' ', curve.Points.Select(point => $"{Number(X(point.X))},{Number(Y(point.Y))}"))),
                new XAttribute("fill", "none"), new XAttribute("stroke", s_colours[i]), new XAttribute("stroke-width", 2)),
            .. curve.Points.Select(point => new XElement(
                s_svg + "circle",
                new XAttribute("cx", Number(X(point.X))), new XAttribute("cy", Number(Y(point.Y))),
                new XAttribute("r", 3), new XAttribute("fill", s_colours[i]))),
        ];

        XElement[] Legend(Curve curve, int i)
        {
            var y = Height - Bottom - 40 + (20 * i);
            return [Line(Width - 180, y, Width - 150, y, s_colours[i]), Label(Width - 142, y + 5, "start", curve.Name)];
        }
    }

    /// <summary>Round numbers from 0 to a limit, 1, 2 or 5 times a power of ten apart, but no closer than so much.</summary>
    private static IEnumerable<double> Ticks(double limit, double least)
    {
        var power = Math.Pow(10, Math.Floor(Math.Log10(limit / MostTicks)));
        var step = Math.Max(least, new[] { 1, 2, 5, 10 }.Select(factor => factor * power).First(step => limit / step <= MostTicks));
        for (var i = 0; i * step <= limit; i++) yield return i * step;
    }

    private static XElement Line(double x1, double y1, double x2, double y2, string colour) => new(
        s_svg + "line",
        new XAttribute("x1", Number(x1)), new XAttribute("y1", Number(y1)),
        new XAttribute("x2", Number(x2)), new XAttribute("y2", Number(y2)),
        new XAttribute("stroke", colour));

    private static XElement Label(double x, double y, string anchor, string text) =>
        new(s_svg + "text", new XAttribute("x", Number(x)), new XAttribute("y", Number(y)), new XAttribute("text-anchor", anchor), text);

    private static string Text(double value) => value.ToString("G4", CultureInfo.InvariantCulture);

    private static string Number(double value) => value.ToString("0.##", CultureInfo.InvariantCulture);
}
