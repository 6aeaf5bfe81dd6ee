namespace SparseKernels.Bench.Reporting;

/// <summary>Writes sparse rows as a table of plain text, each as soon as it is measured.</summary>
internal sealed class SparseTable(TextWriter output)
{
    private readonly List<SparseResult> _results = [];

    /// <summary>The results so far.</summary>
    public IReadOnlyList<SparseResult> Results => _results;

    /// <summary>Says what the columns are, and their names.</summary>
    public void WriteHeader()
    {
        output.WriteLine("fine, coarse: share of elements and runs that are live. x dense, x peer: speed-up over our dense kernels and over libtorch's.");
        output.WriteLine("left: share of the dense work that the pair's zeros leave; GFLOP/s, share: of that work, and over the FMA peak; effective: dense work / time over the FMA peak.");
        output.WriteLine("zeros: time of the same call with nothing left to multiply (looking for zeros, packing, writing the result) over this one's; pack ms, values ms: new weights with new zeros, and with the same zeros, both outside the time.");
        output.WriteLine();
        output.WriteLine(
            $"{"layer",-24} {"pass",-15} {"cell",-12} {"layout",-8} {"fine",5} {"coarse",6} {"ms",8} {"x dense",8} {"x peer",8} {"left",6} {"GFLOP/s",8} {"share",6} {"effective",9} {"zeros",6} {"pack ms",8} {"values ms",9}");
    }

    /// <summary>Writes a result.</summary>
    public void Add(SparseResult result)
    {
        _results.Add(result);
        var row = result.Row;
        var peer = row.Ratio is { } ratio ? $"{ratio,7:F2}x" : $"{"-",8}";
        var packing = result.PackingMs is { } pack ? $"{pack,8:F3}" : $"{"-",8}";
        var values = result.ValuesMs is { } update ? $"{update,9:F3}" : $"{"-",9}";
        output.WriteLine(
            $"{row.Layer,-24} {row.Pass,-15} {row.Cell,-12} {row.Layout,-8} {row.FineDensity,5:0.###} {row.CoarseDensity,6:0.###} {row.OursMs,8:F3} {result.DenseSpeedUp,7:F2}x {peer} " +
            $"{result.WorkLeft,6:0.0%} {row.WorkLeftGflops,8:F1} {row.PeakShare,6:0.0%} {row.MultipleOfPeak,8:F2}x {result.OverheadShare,6:0.0%} {packing} {values}" +
            (result.WhyDense is null ? "" : $"  dense: {result.WhyDense}"));
        output.Flush();
    }
}
