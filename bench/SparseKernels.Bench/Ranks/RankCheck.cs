using System.Globalization;

namespace SparseKernels.Bench.Ranks;

/// <summary>
/// Predicted against measured: the step of several ranks on this machine, from that of ranks that run beside each other and exchange nothing, the bytes
/// and a link measured by adding up arrays. What ranks of one machine share (memory, caches, processors) is so in the step, which on machines of their
/// own is that of one alone. Beside it one process with the batch of all ranks.
/// </summary>
internal sealed class RankCheck(RankLauncher launcher, int[] ranks, TimeSpan budget, TextWriter output)
{
    /// <summary>Writes a row for each model, share of zeros and number of ranks.</summary>
    /// <param name="tasks">What a rank does.</param>
    public void Run(IEnumerable<RankTask> tasks)
    {
        output.WriteLine("| network | zeros | ranks | images a rank | MB a step | one rank alone, ms | beside the others, ms | exchange, ms | predicted step, ms | measured step, ms | apart | one process, one thread | one process, a thread for each rank |");
        output.WriteLine("|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|");
        foreach (var task in tasks)
        {
            var alone = task.Measure(budget);
            foreach (var count in ranks) Write(task, alone, count);
        }
    }

    private void Write(RankTask task, RankStep alone, int count)
    {
        var times = RankTimes.Find(launcher.Run(count, RankArguments(task, budget)));
        var exchange = alone.Ring(count, times.Link);
        var predicted = times.Beside + exchange;
        var whole = task with { Batch = task.Batch * count };
        var (one, many) = (whole.Measure(budget).Seconds, (whole with { Threads = task.Threads * count }).Measure(budget).Seconds);
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"| {task.Model}{(task.Size is { } size ? $"@{size}" : "")} | {100 * task.Zeros:F0} % | {count} | {task.Batch} | {alone.Bytes / 1e6:F2} | {1e3 * alone.Seconds:F1} | {1e3 * times.Beside:F1} | {1e3 * exchange:F3} | {1e3 * predicted:F1} | {1e3 * times.Step:F1} | {100 * ((predicted / times.Step) - 1):+0;-0} % | {1e3 * one:F1}, {one / times.Step:F2}x | {1e3 * many:F1}, {many / times.Step:F2}x |"));
        output.Flush();
    }

    /// <summary>The words that start a rank: <c>ratios rank</c> with its task.</summary>
    private static string[] RankArguments(RankTask task, TimeSpan budget)
    {
        var words = new List<string>
        {
            "ratios", "rank", "--model", task.Model, "--zeros", Text(task.Zeros), "--batch", Text(task.Batch), "--threads", Text(task.Threads), "--seconds", Text(budget.TotalSeconds),
        };
        if (task.Size is { } size) words.AddRange(["--size", Text(size)]);
        return [.. words];
    }

    private static string Text(double value) => value.ToString(CultureInfo.InvariantCulture);
}
