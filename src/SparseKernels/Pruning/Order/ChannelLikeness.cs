using System.Numerics;

namespace SparseKernels.Pruning.Order;

/// <summary>
/// Gathers channels greedily: a block starts with the fullest channel left, and takes one after another the channel whose live runs are
/// most like the block's (Jaccard: runs that both have over runs that either has; of equals the one that adds fewest, then the first).
/// </summary>
internal static class ChannelLikeness
{
    /// <summary>The order that comes of it; convolution groups stay where they are.</summary>
    public static int[] Order(LiveRuns runs, int block)
    {
        var order = new List<int>(runs.Channels);
        for (var group = 0; group < runs.Channels; group += runs.GroupChannels)
        {
            var left = Enumerable.Range(group, runs.GroupChannels).ToList();
            while (left.Count > 0) TakeBlock(runs, left, order, Math.Min(left.Count, block - order.Count % block));
        }

        return [.. order];
    }

    private static void TakeBlock(LiveRuns runs, List<int> left, List<int> order, int count)
    {
        var union = new ulong[runs.Words];
        Take(left.MaxBy(k => Added(runs[k], union)));
        for (var i = 1; i < count; i++) Take(left.MinBy(k => (-Likeness(runs[k], union), Added(runs[k], union))));

        void Take(int k)
        {
            var live = runs[k];
            for (var word = 0; word < union.Length; word++) union[word] |= live[word];
            order.Add(k);
            left.Remove(k);
        }
    }

    private static int Added(ReadOnlySpan<ulong> live, ReadOnlySpan<ulong> union)
    {
        var added = 0;
        for (var word = 0; word < live.Length; word++) added += BitOperations.PopCount(live[word] & ~union[word]);
        return added;
    }

    private static double Likeness(ReadOnlySpan<ulong> live, ReadOnlySpan<ulong> union)
    {
        var (both, either) = (0, 0);
        for (var word = 0; word < live.Length; word++)
        {
            both += BitOperations.PopCount(live[word] & union[word]);
            either += BitOperations.PopCount(live[word] | union[word]);
        }

        return either == 0 ? 1 : (double)both / either;
    }
}
