using System.Globalization;
using SparseKernels.Training.Layers;
using Spectre.Console;

namespace SparseKernels.Cli;

/// <summary>Where the time went: per convolution and pass the time of one call, the rate and the share of what the machine can do at most.</summary>
internal static class LayerTable
{
    private static readonly (LayerPass Pass, string Name)[] s_passes =
        [(LayerPass.Forward, "forward"), (LayerPass.BackwardData, "backward data"), (LayerPass.BackwardWeights, "backward weights")];

    /// <summary>Makes the table.</summary>
    /// <param name="timings">The network's layers.</param>
    /// <param name="peakGflops">The FMA peak of all threads together, in GFLOP/s.</param>
    /// <returns>The table.</returns>
    public static Table Create(IReadOnlyList<LayerTiming> timings, double peakGflops)
    {
        var table = new Table().Border(TableBorder.Simple).AddColumn("layer");
        foreach (var (_, name) in s_passes)
            table.AddColumn(new TableColumn($"{name} ms").RightAligned()).AddColumn(new TableColumn("GFLOP/s").RightAligned()).AddColumn(new TableColumn("of peak").RightAligned());

        var convolutions = timings.Where(timing => timing.MultiplyAdds > 0).ToArray();
        foreach (var timing in convolutions) table.AddRow([timing.Name, .. s_passes.SelectMany(pass => Cells(timing, pass.Pass, peakGflops))]);
        table.AddRow(["all of these", .. s_passes.SelectMany(pass => Sum(convolutions, pass.Pass, peakGflops))]);
        var others = timings.Where(timing => timing.MultiplyAdds == 0).ToArray();
        table.AddRow(["other layers", .. s_passes.SelectMany(pass => new[] { Number(others.Sum(timing => Milliseconds(timing, pass.Pass))), "", "" })]);
        table.AddRow(["update of weights", Number(timings.Sum(timing => Milliseconds(timing, LayerPass.Update))), "", "", "", "", "", "", "", ""]);
        table.AddRow(["packing of weights", Number(timings.Sum(timing => Milliseconds(timing, LayerPass.Packing))), "", "", "", "", "", "", "", ""]);
        return table;
    }

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
