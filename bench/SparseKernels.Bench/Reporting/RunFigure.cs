using System.Globalization;
using SparseKernels.Bench.Measuring;

namespace SparseKernels.Bench.Reporting;

/// <summary>One figure as several runs found it.</summary>
internal readonly record struct RunFigure
{
    /// <summary>From this value on one decimal is enough.</summary>
    private const double OneDecimalFrom = 10;

    /// <summary>Sums the runs' values up.</summary>
    /// <param name="values">One value for each run.</param>
    /// <exception cref="ArgumentException">No values.</exception>
    public RunFigure(IReadOnlyCollection<double> values) =>
        (Median, Least, Greatest) = (Statistics.Median(values), values.Min(), values.Max());

    /// <summary>The middle value.</summary>
    public double Median { get; }

    /// <summary>The least value.</summary>
    public double Least { get; }

    /// <summary>The greatest value.</summary>
    public double Greatest { get; }

    /// <summary>As tables have it: <c>1.12 (1.08–1.15)</c>, or <c>1.12</c> where all runs agree in these digits.</summary>
    public override string ToString() => Text(Plain);

    /// <summary>As tables have shares: <c>68 %</c>, <c>68 % (64–70)</c>.</summary>
    public string ToPercent()
    {
        var text = Text(value => value.ToString("0", CultureInfo.InvariantCulture), 100);
        var gap = text.IndexOf(' ', StringComparison.Ordinal);
        return gap < 0 ? $"{text} %" : text.Insert(gap, " %");
    }

    private static string Plain(double value) =>
        value.ToString(Math.Round(value, 2) < OneDecimalFrom ? "0.00" : "0.0", CultureInfo.InvariantCulture);

    private string Text(Func<double, string> format, double unit = 1)
    {
        var (middle, least, greatest) = (format(unit * Median), format(unit * Least), format(unit * Greatest));
        return least == greatest ? middle : $"{middle} ({least}–{greatest})";
    }
}
