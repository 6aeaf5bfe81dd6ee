using System.Globalization;
using SparseKernels.Training.Layers;

namespace SparseKernels.Bench.Reporting;

/// <summary>Where two states of one network spend a step's time, in a line for each layer.</summary>
internal static class LayerTimes
{
    /// <summary>Writes mean milliseconds of a step: of each layer with weights pass by pass, of all others together.</summary>
    /// <param name="start">The network's layers in one state, timed alone.</param>
    /// <param name="end">The same in the other.</param>
    /// <param name="output">Where the lines go.</param>
    public static void Write(IReadOnlyList<LayerTiming> start, IReadOnlyList<LayerTiming> end, TextWriter output)
    {
        var passes = Enum.GetValues<LayerPass>();
        output.WriteLine($"{"ms, start > end",-16}{string.Concat(passes.Select(pass => $" {pass,19}"))} {"all",19}");
        var rows = start.Zip(end).GroupBy(pair => pair.First.MultiplyAdds > 0 ? pair.First.Name : "others");
        foreach (var row in rows) Line(row.Key, [.. row]);
        Line("all", [.. start.Zip(end)]);

        void Line(string name, (LayerTiming Start, LayerTiming End)[] layers)
        {
            var times = passes.Select(pass => (layers.Sum(pair => Of(pair.Start, pass)), layers.Sum(pair => Of(pair.End, pass)))).ToArray();
            output.WriteLine($"{name,-16}{string.Concat(times.Append((times.Sum(time => time.Item1), times.Sum(time => time.Item2))).Select(time => $" {Cell(time),19}"))}");
        }
    }

    private static double Of(LayerTiming timing, LayerPass pass) =>
        timing.Calls(pass) == 0 ? 0 : timing.Elapsed(pass).TotalMilliseconds / timing.Calls(pass);

    private static string Cell((double Start, double End) time) =>
        time.Start + time.End == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $"{time.Start,8:F2} > {time.End,7:F2}");
}
