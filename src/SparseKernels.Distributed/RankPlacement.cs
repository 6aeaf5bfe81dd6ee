using SparseKernels.Distributed.Launching;
using SparseKernels.Threading;

namespace SparseKernels.Distributed;

/// <summary>On which processors of its machine a rank runs.</summary>
/// <param name="Threads">Worker threads that suit it.</param>
/// <param name="Processors">The processors that it keeps to; none where nobody bound it.</param>
/// <param name="Advice">What the user may want to change, in a sentence; null for nothing.</param>
public sealed record RankPlacement(int Threads, IReadOnlyList<int> Processors, string? Advice = null)
{
    /// <summary>
    /// Where several ranks share a machine and their launcher bound none, keeps each to processors of its own, by the machine's topology; what a
    /// launcher bound stays as it is. Called before worker threads start, as the first thing of a program. Only Linux lets it bind.
    /// </summary>
    /// <param name="binds">Whether to bind; else only the threads are shared out.</param>
    /// <returns>What was found and done.</returns>
    public static RankPlacement Apply(bool binds = true)
    {
        var threads = ComputeTopology.Default.Threads;
        if (Launcher.Detect() is not { LocalSize: > 1 } launcher) return new(threads, []);
        var (own, parent) = (ProcessorAffinity.Own(), ProcessorAffinity.OfParent());
        if (own.Length > 0 && own.Length < parent.Length) return OfBound(own, parent.Length, launcher.LocalSize, threads);
        var share = Math.Max(1, threads / launcher.LocalSize);
        if (!binds || own.Length < launcher.LocalSize) return new(share, []);
        var processors = ProcessorPlaces.Share(own, ProcessorPlaces.Of, launcher.LocalRank, launcher.LocalSize);
        return new(Math.Min(share, processors.Length), ProcessorAffinity.Keep(processors) ? processors : []);
    }

    /// <summary>What the launcher bound, and what more it could have given.</summary>
    internal static RankPlacement OfBound(int[] own, int all, int ranks, int threads) => new(
        Math.Min(threads, own.Length), own,
        own.Length < all / ranks
            ? $"the launcher keeps each of {ranks} ranks to {own.Length} of {all} processors; with --bind-to none (Open MPI) they share all of them."
            : null);
}
