using System.CommandLine;
using System.Diagnostics;
using SparseKernels.Bench.Endurance;

namespace SparseKernels.Bench.Commands;

/// <summary><c>endurance</c>: trains and infers for minutes and fails if memory, threads or handles grow.</summary>
internal static class EnduranceCommand
{
    /// <summary>The share of the time until footprints count.</summary>
    private const double WarmUp = 0.2;

    /// <summary>Footprints that are printed.</summary>
    private const int Lines = 20;

    /// <summary>Makes the command.</summary>
    public static Command Create()
    {
        var minutes = new Option<double>("--minutes")
        {
            Description = "How long; 10 by default.",
            DefaultValueFactory = _ => 10,
            CustomParser = result => RunOptions.Number(result, 0.01, 10_000, whole: false),
        };
        var threads = new Option<int>("--threads")
        {
            Description = "Threads; 2 by default.",
            DefaultValueFactory = _ => 2,
            CustomParser = result => (int)RunOptions.Number(result, 1, 1024, whole: true),
        };
        var command = new Command("endurance", "Trains and infers for minutes; fails if memory, threads or handles grow.") { minutes, threads };
        command.SetAction(result => Run(
            TimeSpan.FromMinutes(result.GetValue(minutes)), result.GetValue(threads), result.InvocationConfiguration.Output));
        return command;
    }

    private static int Run(TimeSpan time, int threads, TextWriter output)
    {
        var folder = Directory.CreateTempSubdirectory("sparsekernels-endurance-");
        try
        {
            var load = new EnduranceLoad(folder.FullName, threads);
            var clock = Stopwatch.StartNew();
            FootprintCheck? check = null;
            output.WriteLine($"{"seconds",8} {"epochs",7} {"plans",7} {"resident MB",12} {"heap MB",8} {"native bytes",13} {"threads",8} {"handles",8}");
            for (var line = 0; clock.Elapsed < time; line++)
            {
                var until = time * (line + 1) / Lines;
                do load.Round();
                while (clock.Elapsed < until);
                var now = Footprint.Now();
                if (check is not null) check.Add(now);
                else if (clock.Elapsed > time * WarmUp) check = new(now);
                output.WriteLine($"{clock.Elapsed.TotalSeconds,8:F0} {load.Epochs,7} {load.Plans,7} {now.Resident / 1e6,12:F1} {now.Heap / 1e6,8:F2} {now.Native,13} {now.Threads,8} {now.Handles,8}{(check is null ? "  warm-up" : "")}");
                output.Flush();
            }

            string[] failures = check is null ? ["the warm-up did not end: give it more minutes"] : [.. check.Failures()];
            foreach (var failure in failures) output.WriteLine($"FAILED: {failure}");
            if (failures.Length == 0) output.WriteLine("nothing grew");
            return failures.Length == 0 ? 0 : 1;
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
