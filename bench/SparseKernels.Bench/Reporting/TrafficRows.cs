using SparseKernels.Training.Layers;
using SparseKernels.Training.Networks;
using SparseKernels.Training.Traffic;

namespace SparseKernels.Bench.Reporting;

/// <summary>What the layers of a network moved since their times were reset, in a step.</summary>
internal static class TrafficRows
{
    /// <summary>The kinds, in the order of a summary: what convolutions multiply, their weights' packing, and what only moves.</summary>
    public static IReadOnlyList<string> Kinds { get; } = ["convolutions", "packing", "layers", "input", "loss", "optimiser"];

    /// <summary>Gathers rows, a pass of a layer each, in the order of the network.</summary>
    /// <param name="network">The network.</param>
    /// <param name="label">The model, as rows call it, and the schedule.</param>
    /// <param name="threads">Threads that it ran on.</param>
    /// <param name="steps">Steps since the times were reset; 1 or more.</param>
    /// <param name="milliseconds">The time of one of them.</param>
    public static IReadOnlyList<TrafficRow> Of(Network network, (string Model, string Schedule) label, int threads, long steps, double milliseconds)
    {
        var passes = Enum.GetValues<LayerPass>();
        return
        [
            .. from timing in network.Timings
               from pass in passes
               where timing.Calls(pass) > 0
               group (timing, pass) by (timing.Name, Pass: pass, Kind: KindOf(timing, pass)) into row
               let traffic = row.Aggregate(default(LayerTraffic), (sum, part) => sum + part.timing.Traffic(part.pass))
               let elapsed = row.Sum(part => part.timing.Elapsed(part.pass).TotalMilliseconds) / steps
               select new TrafficRow(
                   label.Model, label.Schedule, row.Key.Name, row.Key.Pass.ToString(), row.Key.Kind, network.Batch, threads,
                   traffic.Read / steps, traffic.Written / steps, elapsed, elapsed / milliseconds),
        ];
    }

    private static string KindOf(LayerTiming timing, LayerPass pass) => (timing.Name, pass) switch
    {
        (_, LayerPass.Packing) => "packing",
        ("input" or "loss" or "optimiser", _) => timing.Name,
        _ => timing.MultiplyAdds > 0 ? "convolutions" : "layers",
    };
}
