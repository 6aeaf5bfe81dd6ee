using System.Globalization;
using SparseKernels.Bench.Sparsity;

namespace SparseKernels.Bench.Reporting;

/// <summary>Forward with zeros in the weights: ours beside what others reach, in Markdown.</summary>
internal static class PeersTable
{
    /// <summary>Makes the table of the rows of Forward whose fine operand is the weights, and whose coarse one has no zeros.</summary>
    /// <param name="rows">Ours.</param>
    /// <param name="peers">The others'.</param>
    /// <param name="machine">Where ours were measured.</param>
    public static string Of(IReadOnlyList<SparseRow> rows, PeerFigures peers, string machine)
    {
        var names = peers.Sources.Keys.ToArray();
        var ours = rows.Where(row => row.Pass == nameof(ConvolutionPass.Forward) && row is { Cell: "WeightInput", CoarseDensity: 1, FineDensity: < 1 }).ToArray();
        var first = ours.FirstOrDefault();
        var table = new MarkdownTable(
            string.Create(
                CultureInfo.InvariantCulture,
                $"Forward with random zeros in `w`, as multiples of the FMA peak of the same run (dense work / time / peak); ours on {machine}, {first?.Isa}, N = {first?.Batch}, {first?.Threads} thread(s)."),
            ["layer", "zeros %", "tensors", "ours", .. names]);
        foreach (var row in ours)
        {
            var zeros = (int)Math.Round(100 * (1 - row.FineDensity));
            table.Add(
            [
                row.Layer, zeros.ToString(CultureInfo.InvariantCulture), row.Layout, Figure(row.MultipleOfPeak),
                .. names.Select(name => Figure(peers.All.FirstOrDefault(figure => (figure.Peer, figure.Layer, figure.Zeros) == (name, row.Layer, zeros))?.MultipleOfPeak)),
            ]);
        }

        var sources = peers.Sources.Select(source => $"- {source.Key}: {source.Value}.");
        return $"{table}\n\n{string.Join('\n', sources)}\n";
    }

    private static string Figure(double? value) =>
        value is { } known ? known.ToString("0.0#", CultureInfo.InvariantCulture) : MarkdownTable.Nothing;
}
