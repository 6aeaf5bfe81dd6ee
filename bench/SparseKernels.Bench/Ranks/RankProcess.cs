using System.Diagnostics;
using SparseKernels.Bench.Measuring;
using SparseKernels.Distributed;
using SparseKernels.Training.Communication;
using SparseKernels.Training.Distribution;
using SparseKernels.Training.Optimisation;

namespace SparseKernels.Bench.Ranks;

/// <summary>What each of the ranks does that <see cref="RankLauncher"/> starts: trains with the others, and adds up arrays with them.</summary>
internal static class RankProcess
{
    /// <summary>Values of the small and the large sum: a page of messages, and more than caches hold.</summary>
    private const int Few = 4096, Many = 1 << 23;

    /// <summary>Repeats of each, of which the median counts.</summary>
    private const int FewRepeats = 101, ManyRepeats = 9;

    /// <summary>Joins the others and measures; the first rank writes the line.</summary>
    /// <param name="task">This rank's share.</param>
    /// <param name="budget">About how long to train.</param>
    /// <param name="output">Where the line goes.</param>
    public static void Run(RankTask task, TimeSpan budget, TextWriter output)
    {
        RankPlacement.Apply();
        using var ranks = MpiCommunicator.Join();
        if (ranks.Size < 2) throw new ArgumentException("a rank needs others: start it by mpirun, or use --check.");
        var (few, many) = (Sum(ranks, Few, FewRepeats), Sum(ranks, Many, ManyRepeats));
        var (beside, step) = Train(task, budget, ranks);
        if (ranks.Rank == 0) output.WriteLine(RankTimes.Of(beside, step, ranks.Size, few, many));
    }

    private static (long Bytes, double Seconds) Sum(ICommunicator ranks, int length, int repeats)
    {
        using var exchange = new GradientExchange(ranks);
        var values = new float[length];
        var times = new List<double>();
        for (var repeat = 0; repeat < repeats; repeat++)
        {
            ranks.Barrier();
            var start = Stopwatch.GetTimestamp();
            exchange.Begin(1.0 / ranks.Size);
            exchange.Add(values);
            exchange.Complete();
            times.Add(Stopwatch.GetElapsedTime(start).TotalSeconds);
        }

        return ((long)length * sizeof(float), Statistics.Median(times));
    }

    /// <summary>The time of a step without and with exchange, by ranks that begin every step together.</summary>
    private static (double Beside, double Step) Train(RankTask task, TimeSpan budget, ICommunicator ranks)
    {
        using var network = task.Build();
        ranks.Barrier();
        var beside = task.Time(network, new Sgd(network.Parameters, threads: task.Threads), budget, AllGoOn);
        using var optimiser = new DistributedSgd(
            network, new Sgd(network.Parameters, threads: task.Threads), ranks, new DistributionOptions { Overlaps = false });
        return (beside, task.Time(network, optimiser, budget, AllGoOn));

        // The first rank's clock decides.
        bool AllGoOn(bool wanted)
        {
            Span<long> go = [ranks.Rank == 0 && wanted ? 1 : 0];
            ranks.Max(go);
            return go[0] != 0;
        }
    }
}
