namespace SparseKernels.Pruning;

/// <summary>
/// The signature of a run: which of its weights are live, and their signs, the same for a run and its opposite (random hyperplanes along
/// the axes; Charikar 2002). A run of more than 16 weights is folded to 16 sums first, their signs drawn by a seed (feature hashing,
/// Weinberger et al. 2009). <see cref="Probes"/> are signatures that a parallel run is likeliest to have (Lv et al. 2007): the run's own,
/// and those with its smallest weights turned or left out.
/// </summary>
internal static class RunSignature
{
    /// <summary>Signatures looked up for a run.</summary>
    public const int ProbeCount = 12;

    /// <summary>Bits of live weights, and of signs.</summary>
    private const int Bits = 16;

    /// <summary>The smallest weights that may be turned or left out, and how many of them at once.</summary>
    private const int Smallest = 4;

    /// <summary>Each of the smallest may stay, be turned or be left out: all choices of up to three but none at all.</summary>
    private static readonly byte[][] s_changes = [.. Changes()];

    /// <summary>Writes the signatures that a parallel run is likeliest to have, the run's own first.</summary>
    /// <param name="run">The run's weights, at most 16 of them (<see cref="Fold"/>), not all zero.</param>
    /// <param name="probes">Room for <see cref="ProbeCount"/>.</param>
    /// <returns>How many were written.</returns>
    public static int Probes(ReadOnlySpan<float> run, Span<uint> probes)
    {
        uint live = 0, signs = 0;
        Span<float> smallest = stackalloc float[Smallest];
        Span<int> at = stackalloc int[Smallest];
        smallest.Fill(float.PositiveInfinity);
        for (var i = 0; i < run.Length; i++)
        {
            if (run[i] == 0) continue;
            live |= 1u << i;
            if (run[i] < 0) signs |= 1u << i;
            Insert(run[i] * run[i], i, smallest, at);
        }

        probes[0] = Key(live, signs);
        var count = 1;
        Span<float> costs = stackalloc float[ProbeCount];
        foreach (var change in s_changes)
        {
            var (cost, changedLive, changedSigns) = (0f, live, signs);
            for (var n = 0; n < Smallest; n++)
            {
                if (change[n] == 0) continue;
                cost += smallest[n];
                if (change[n] == 1) changedSigns ^= 1u << at[n];
                else changedLive &= ~(1u << at[n]);
            }

            if (float.IsPositiveInfinity(cost) || changedLive == 0 || (count == ProbeCount && cost >= costs[count - 1])) continue;
            var key = Key(changedLive, changedSigns);
            if (probes[..count].Contains(key)) continue;
            count = Math.Min(count + 1, ProbeCount);
            var place = count - 1;
            for (; place > 1 && costs[place - 1] > cost; place--) (costs[place], probes[place]) = (costs[place - 1], probes[place - 1]);
            (costs[place], probes[place]) = (cost, key);
        }

        return count;
    }

    /// <summary>A run's weights folded to 16 sums where it has more; their signs follow from the seed.</summary>
    public static ReadOnlySpan<float> Fold(ReadOnlySpan<float> run, ulong seed, Span<float> to)
    {
        if (run.Length <= Bits) return run;
        to = to[..Bits];
        to.Clear();
        var random = new SplitMix64(seed, (ulong)run.Length, 0);
        for (var i = 0; i < run.Length; i++) to[i % Bits] += (random.Next() & 1) == 0 ? run[i] : -run[i];
        return to;
    }

    private static uint Key(uint live, uint signs)
    {
        var (own, opposite) = (signs & live, ~signs & live);
        return (live << Bits) | Math.Min(own, opposite);
    }

    private static void Insert(float square, int index, Span<float> smallest, Span<int> at)
    {
        if (square >= smallest[^1]) return;
        var n = Smallest - 1;
        for (; n > 0 && smallest[n - 1] > square; n--) (smallest[n], at[n]) = (smallest[n - 1], at[n - 1]);
        (smallest[n], at[n]) = (square, index);
    }

    private static IEnumerable<byte[]> Changes()
    {
        for (var code = 1; code < 81; code++)
        {
            byte[] change = [(byte)(code % 3), (byte)(code / 3 % 3), (byte)(code / 9 % 3), (byte)(code / 27)];
            if (change.Count(what => what != 0) < Smallest) yield return change;
        }
    }
}
