using SparseKernels.Threading;

namespace SparseKernels.Pruning;

/// <summary>
/// Compares the runs of all output channels at a place whose signatures meet (<see cref="RunSignature"/>), the likeliest first, until the
/// work allowed is done. An item of work is a slice of places.
/// </summary>
internal sealed class SignatureSearch
{
    /// <summary>
    /// Work at a place, in signatures of all its runs: what the signatures take and half as much again for comparisons. Where less is
    /// allowed, fewer places are taken.
    /// </summary>
    private const double LeastWork = 1.5;

    private const int None = -1;

    private readonly RunPlaces _places;
    private readonly SimilarityRule _rule;
    private readonly byte[] _goes;
    private readonly int[] _slices;
    private readonly long[] _work;
    private readonly double _taken;
    private readonly long _allowed;

    private SignatureSearch(RunPlaces places, SimilarityRule rule, int[] slices, long pairs, byte[] goes)
    {
        (_places, _rule, _slices, _goes) = (places, rule, slices, goes);
        _work = new long[slices.Length];
        var least = LeastWork * places.Blocks;
        _taken = Math.Min(1, rule.Work * pairs / least);
        _allowed = (long)Math.Max(rule.Work * pairs, least);
    }

    /// <summary>Marks the runs that go.</summary>
    /// <param name="places">The runs.</param>
    /// <param name="rule">Threshold and work.</param>
    /// <param name="slices">The slices of places to compare.</param>
    /// <param name="threads">Threads to use.</param>
    /// <param name="goes">A byte for each block and place; becomes 1 where the run goes.</param>
    /// <returns>Signatures made and pairs compared.</returns>
    public static long Find(RunPlaces places, SimilarityRule rule, int[] slices, int threads, byte[] goes)
    {
        var pairs = places.PairsOf(Enumerable.Range(0, places.Blocks));
        if (pairs == 0) return 0;
        var search = new SignatureSearch(places, rule, slices, pairs, goes);
        var work = new Work(search);
        WorkerPool.Shared.Run(ref work, slices.Length, threads);
        return search._work.Sum();
    }

    /// <summary>The places of a slice that this period takes: all, or so many that the work stays in its bounds, others each period.</summary>
    private IEnumerable<int> PlacesOf(int slice)
    {
        var count = _places.PlacesOf(slice);
        var (first, end) = ((long)(_taken * count * _rule.Period), (long)(_taken * count * (_rule.Period + 1)));
        for (var i = first; i < end; i++) yield return (int)(i % count);
    }

    private void Compare(int item)
    {
        var slice = _slices[item];
        var (blocks, length) = (_places.Blocks, _places.Length);
        var packed = new float[blocks * length * RunPlaces.Slice];
        var norms = new float[blocks * RunPlaces.Slice];
        for (var block = 0; block < blocks; block++) _places.Pack(
            block, slice * RunPlaces.Slice, _places.PlacesOf(slice), _rule.MinimumLive,
            packed.AsSpan(block * length * RunPlaces.Slice, length * RunPlaces.Slice), norms.AsSpan(block * RunPlaces.Slice, RunPlaces.Slice));
        var runs = new float[blocks * length];
        var table = new SignatureTable(blocks);
        foreach (var lane in PlacesOf(slice))
        {
            for (var i = 0; i < runs.Length; i++) runs[i] = packed[i * RunPlaces.Slice + lane];
            _work[item] += Compare(slice * RunPlaces.Slice + lane, runs, norms.AsSpan(lane), table);
        }
    }

    private long Compare(int place, float[] runs, ReadOnlySpan<float> norms, SignatureTable table)
    {
        var length = _places.Length;
        table.Clear();
        Span<float> folded = stackalloc float[16];
        for (var block = 0; block < _places.Blocks; block++)
        {
            // Runs of too few weights are zero.
            var run = runs.AsSpan(block * length, length);
            if (_places.GroupOf[block] < 0 || !float.IsFinite(norms[block * RunPlaces.Slice]) || run.IndexOfAnyExcept(0f) < 0) continue;
            table.Add(block, RunSignature.Fold(run, _rule.Seed, folded));
        }

        long work = table.Count;
        for (var probe = 0; probe < RunSignature.ProbeCount; probe++)
        {
            for (var a = table.Next(None); a != None; a = table.Next(a))
            {
                for (var b = table.Find(a, probe); b != None; b = table.FindNext(b, a, probe))
                {
                    // Runs of one signature meet twice.
                    if (b == a || (probe == 0 && b < a) || _places.GroupOf[a] != _places.GroupOf[b]) continue;
                    if (work == _allowed) return work;
                    work++;
                    Judge(Math.Min(a, b), Math.Max(a, b), place, runs, norms);
                }
            }
        }

        return work;
    }

    /// <summary>In the order of the lanes' sums, so that both searches agree on what is parallel.</summary>
    private void Judge(int a, int b, int place, float[] runs, ReadOnlySpan<float> norms)
    {
        var length = _places.Length;
        var cosine = 0f;
        for (var i = 0; i < length; i++) cosine += runs[a * length + i] * runs[b * length + i];
        if (!(Math.Abs(cosine) > _rule.Threshold)) return;
        var weaker = norms[a * RunPlaces.Slice] < norms[b * RunPlaces.Slice] ? a : b;
        _goes[weaker * _places.Places + place] = 1;
    }

    private readonly struct Work(SignatureSearch search) : IWork
    {
        public void Do(int item, int worker) => search.Compare(item);
    }
}
