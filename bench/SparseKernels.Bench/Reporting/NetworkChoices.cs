using SparseKernels.Training.Layers;

namespace SparseKernels.Bench.Reporting;

/// <summary>What the convolutions of a network ran, in a line for each pass.</summary>
internal static class NetworkChoices
{
    /// <summary>
    /// Writes how many layers ran most calls of a pass with each candidate, and the share of the pass's expected dense time that was saved.
    /// </summary>
    /// <param name="schedule">How they chose.</param>
    /// <param name="plans">The layers' plans.</param>
    /// <param name="output">Where the lines go.</param>
    public static void Write(KernelSchedule schedule, IReadOnlyList<LayerPlan> plans, TextWriter output)
    {
        foreach (var pass in Enum.GetValues<ConvolutionPass>())
        {
            var reports = plans.Select(layer => layer.Plan.Report(pass)).Where(report => report.Calls > 0).ToArray();
            var names = reports.Select(report => report.Candidates.MaxBy(candidate => candidate.Calls)!.Name);
            var counts = names.GroupBy(name => name).OrderByDescending(group => group.Count()).Select(
                group => $"{group.Key} {group.Count()}");
            var (time, saved) = (reports.Sum(report => report.Time.TotalSeconds), reports.Sum(report => report.Saved.TotalSeconds));
            output.WriteLine($"  {schedule,-13} {pass,-15} saved {(time + saved > 0 ? saved / (time + saved) : 0),4:0%} of what dense was expected to take; layers: {string.Join(", ", counts)}");
        }
    }
}
