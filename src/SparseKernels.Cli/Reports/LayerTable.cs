using System.Globalization;
using SparseKernels.Training.Layers;
using Spectre.Console;

namespace SparseKernels.Cli.Reports;

/// <summary>
/// Where the time went: per convolution and pass the time of one call, the rate and the share of what the machine can do at most.
/// </summary>
internal static class LayerTable
{
    private static readonly (LayerPass Pass, string Name)[] s_passes =
        [(LayerPass.Forward, "forward"), (LayerPass.BackwardData, "bwd data"), (LayerPass.BackwardWeights, "bwd weights")];

    /// <summary>Makes the table.</summary>
    /// <param name="timings">The network's layers.</param>
    /// <param name="peakGflops">The FMA peak of all threads together, in GFLOP/s.</param>
    /// <returns>The table, narrow enough for 80 columns where the layers' names are.</returns>
    public static Table Create(IReadOnlyList<LayerTiming> timings, double peakGflops)
    {
        var table = new Table().Border(TableBorder.None).AddColumn(Column("layer").LeftAligned());
        foreach (var (_, name) in s_passes) table.AddColumn(Column($"{name}\nms")).AddColumn(Column("\nGF/s")).AddColumn(Column("\npeak"));

        var convolutions = timings.Where(timing => timing.MultiplyAdds > 0).ToArray();
        foreach (var timing in convolutions) table.AddRow(
            [timing.Name, .. s_passes.SelectMany(pass => Cells(timing, pass.Pass, peakGflops))]);
        table.AddRow(["all of these", .. s_passes.SelectMany(pass => Sum(convolutions, pass.Pass, peakGflops))]);
        var others = timings.Where(timing => timing.MultiplyAdds == 0).ToArray();
        table.AddRow(["other layers", .. s_passes.SelectMany(pass => new[] { Number(others.Sum(timing => Milliseconds(timing, pass.Pass))), "", "" })]);
        AddSum(table, "weight update", timings, LayerPass.Update);
        AddSum(table, "weight packing", timings, LayerPass.Packing);
        return table;
    }

    private static TableColumn Column(string header) => new TableColumn(header).RightAligned().NoWrap().PadLeft(0).PadRight(1);

    private static void AddSum(Table table, string name, IReadOnlyList<LayerTiming> timings, LayerPass pass) =>
        table.AddRow(
            [name, Number(timings.Sum(timing => Milliseconds(timing, pass))), .. Enumerable.Repeat("", (3 * s_passes.Length) - 1)]);

    private static string[] Cells(LayerTiming timing, LayerPass pass, double peak)
    {
        if (timing.Calls(pass) == 0) return ["", "", ""];
        var rate = timing.Gflops(pass);
        return [Number(Milliseconds(timing, pass)), Whole(rate), Share(rate / peak)];
    }

    private static string[] Sum(LayerTiming[] timings, LayerPass pass, double peak)
    {
        var seconds = timings.Sum(timing => timing.Elapsed(pass).TotalSeconds);
        if (seconds == 0) return ["", "", ""];
        var rate = timings.Sum(timing => 2.0 * timing.MultiplyAdds * timing.Calls(pass)) / seconds / 1e9;
        return [Number(timings.Sum(timing => Milliseconds(timing, pass))), Whole(rate), Share(rate / peak)];
    }

    private static double Milliseconds(LayerTiming timing, LayerPass pass) =>
        timing.Calls(pass) == 0 ? 0 : timing.Elapsed(pass).TotalMilliseconds / timing.Calls(pass);

    private static string Number(double value) => value.ToString("F2", CultureInfo.InvariantCulture);

    private static string Whole(double value) => value.ToString("F0", CultureInfo.InvariantCulture);

    private static string Share(double value) => string.Create(CultureInfo.InvariantCulture, $"{100 * value:F0} %");
}
