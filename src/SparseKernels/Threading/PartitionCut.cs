namespace SparseKernels.Threading;

/// <summary>Where a run of items is cut into shares.</summary>
internal static class PartitionCut
{
    /// <summary>
    /// The first item of a share: an equal number of items to each, or where work is given, the cut that comes nearest to equal work.
    /// </summary>
    /// <param name="share">The share, or one past the last.</param>
    /// <param name="shares">How many.</param>
    /// <param name="items">Items in all.</param>
    /// <param name="workBefore">Empty, or for each item and one past the last the work of those before it, ascending from 0.</param>
    public static int FirstOf(int share, int shares, int items, ReadOnlySpan<long> workBefore)
    {
        if (share == shares) return items;
        if (share == 0) return 0;
        if (workBefore.IsEmpty || workBefore[^1] == 0) return (int)((long)items * share / shares);
        var wanted = (long)((Int128)workBefore[^1] * share / shares);
        var (low, high) = (0, items);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (workBefore[middle] < wanted) low = middle + 1;
            else high = middle;
        }

        return low > 0 && wanted - workBefore[low - 1] < workBefore[low] - wanted ? low - 1 : low;
    }
}
