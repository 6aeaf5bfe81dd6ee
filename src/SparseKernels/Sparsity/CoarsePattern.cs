using System.Numerics;

namespace SparseKernels.Sparsity;

/// <summary>Which groups of a sequence are live (hold a non-zero) and which are dead, as a bitmap and as run lengths.</summary>
public sealed class CoarsePattern
{
    private const int BitsPerWord = 64;

    private readonly ulong[] _words;

    /// <summary>Makes a pattern with every group dead.</summary>
    /// <param name="groups">How many groups.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="groups"/> is negative.</exception>
    public CoarsePattern(int groups)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(groups);
        Groups = groups;
        _words = new ulong[(groups + BitsPerWord - 1) / BitsPerWord];
    }

    /// <summary>How many groups.</summary>
    public int Groups { get; }

    /// <summary>How many of them are live.</summary>
    public int LiveGroups
    {
        get
        {
            var live = 0;
            foreach (var word in _words) live += BitOperations.PopCount(word);
            return live;
        }
    }

    /// <summary>Share of live groups, 0 to 1; 0 if there are no groups.</summary>
    public double Density => Groups == 0 ? 0 : (double)LiveGroups / Groups;

    /// <summary>The bitmap: bit i % 64 of word i / 64 is group i.</summary>
    public ReadOnlySpan<ulong> Words => _words;

    /// <summary>Whether a group is live.</summary>
    /// <param name="group">The group.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such group.</exception>
    public bool this[int group]
    {
        get => (_words[WordOf(group)] >> (group % BitsPerWord) & 1) != 0;
        set
        {
            ref var word = ref _words[WordOf(group)];
            var bit = 1UL << (group % BitsPerWord);
            word = value ? word | bit : word & ~bit;
        }
    }

    /// <summary>
    /// The pattern whose dead and live runs have these lengths, a dead run first (of length 0 if the first group is live).
    /// </summary>
    /// <param name="lengths">Lengths of runs, dead and live in turn.</param>
    /// <returns>The pattern.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A length is negative.</exception>
    public static CoarsePattern FromRunLengths(ReadOnlySpan<int> lengths)
    {
        var groups = 0;
        foreach (var length in lengths)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(length, nameof(lengths));
            groups = checked(groups + length);
        }

        var pattern = new CoarsePattern(groups);
        var group = 0;
        for (var run = 0; run < lengths.Length; run++)
        {
            for (var i = 0; i < lengths[run]; i++, group++) pattern[group] = run % 2 == 1;
        }

        return pattern;
    }

    /// <summary>Lengths of the runs, dead and live in turn, a dead run first (of length 0 if the first group is live).</summary>
    /// <returns>The lengths; their sum is <see cref="Groups"/>.</returns>
    public int[] ToRunLengths()
    {
        var lengths = new List<int>();
        var live = false;
        var length = 0;
        for (var group = 0; group < Groups; group++)
        {
            if (this[group] != live)
            {
                lengths.Add(length);
                (live, length) = (!live, 0);
            }

            length++;
        }

        if (length > 0) lengths.Add(length);
        return lengths.ToArray();
    }

    private static void CheckGroup(int group, int groups) =>
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)group, (uint)groups, nameof(group));

    private int WordOf(int group)
    {
        CheckGroup(group, Groups);
        return group / BitsPerWord;
    }
}
