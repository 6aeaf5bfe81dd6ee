namespace SparseKernels.Bench.Reporting;

/// <summary>Writes the costs of choosing as a table of plain text, and sums them up beside their targets.</summary>
internal sealed class ChoiceTable(TextWriter output)
{
    private const double MostMicroseconds = 5, MostBytes = 0;

    private readonly List<ChoiceRow> _rows = [];

    /// <summary>The rows so far.</summary>
    public IReadOnlyList<ChoiceRow> Rows => _rows;

    /// <summary>Says what the columns are, and their names.</summary>
    public void WriteHeader()
    {
        output.WriteLine("us: choose, comparing the candidates, which is all where layers say the densities; data, estimating those of x and dy; mask, of dx or dw. call: all three; cold: with nothing in cache.");
        output.WriteLine("weights: estimating theirs, once for each change of their zeros, so not in call. bytes: allocated by all four.");
        output.WriteLine();
        output.WriteLine($"{"layer",-19} {"pass",-15} {"choose",7} {"data",7} {"mask",7} {"weights",7} {"call",7} {"cold",7} {"bytes",6}");
    }

    /// <summary>Writes a row.</summary>
    public void Add(ChoiceRow row)
    {
        _rows.Add(row);
        output.WriteLine($"{row.Layer,-19} {row.Pass,-15} {row.ChooseUs,7:F2} {row.DataUs,7:F2} {row.MaskUs,7:F2} {row.WeightsUs,7:F2} {row.CallUs,7:F2} {row.ColdUs,7:F2} {row.Bytes,6:0.##}");
        output.Flush();
    }

    /// <summary>Writes the worst figures and whether they reach the targets.</summary>
    public void WriteSummary()
    {
        output.WriteLine();
        Write("choose, worst", row => row.ChooseUs, "us", MostMicroseconds);
        Write("call, worst", row => row.CallUs, "us", MostMicroseconds);
        Write("bytes, worst", row => row.Bytes, "", MostBytes);
    }

    private void Write(string name, Func<ChoiceRow, double> figure, string unit, double most)
    {
        var worst = _rows.MaxBy(figure)!;
        output.WriteLine($"{name,-14} {figure(worst):0.##}{(unit.Length == 0 ? "" : " ")}{unit}  target at most {most:0}: {(figure(worst) <= most ? "yes" : "no")}; {worst.Layer} {worst.Pass}");
    }
}
