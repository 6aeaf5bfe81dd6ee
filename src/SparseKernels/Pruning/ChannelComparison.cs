using System.Numerics;
using System.Runtime.CompilerServices;
using SparseKernels.Threading;

namespace SparseKernels.Pruning;

/// <summary>
/// Compares the runs of sampled output channels pair by pair. Lanes are 16 runs of a channel side by side, each scaled to length one, so
/// that a pair's cosines are one multiply-add for each weight of a run; an item of work is such a slice of runs with all pairs of channels.
/// </summary>
internal sealed class ChannelComparison
{
    private const int Slice = RunPlaces.Slice;

    private readonly RunPlaces _places;
    private readonly SimilarityRule _rule;
    private readonly int[] _slices;
    private readonly int[] _blocks;
    private readonly byte[] _goes;

    private ChannelComparison(RunPlaces places, SimilarityRule rule, int[] slices, byte[] goes)
    {
        (_places, _rule, _slices, _goes) = (places, rule, slices, goes);
        _blocks = ChannelSample.Of(places.Blocks, rule.Share, rule.Seed, (ulong)places.Layer, rule.Period);
    }

    /// <summary>Marks the runs that go.</summary>
    /// <param name="places">The runs.</param>
    /// <param name="rule">Threshold and sample.</param>
    /// <param name="slices">The slices of places to compare.</param>
    /// <param name="threads">Threads to use.</param>
    /// <param name="goes">A byte for each block and place; becomes 1 where the run goes.</param>
    /// <returns>The pairs compared.</returns>
    public static long Find(RunPlaces places, SimilarityRule rule, int[] slices, int threads, byte[] goes)
    {
        var comparison = new ChannelComparison(places, rule, slices, goes);
        var pairs = places.PairsOf(comparison._blocks);
        if (pairs == 0) return 0;
        var work = new Work(comparison);
        WorkerPool.Shared.Run(ref work, slices.Length, threads);
        return pairs * slices.Sum(slice => (long)places.PlacesOf(slice));
    }

    private void Compare(int slice)
    {
        var (first, count) = (slice * Slice, _places.PlacesOf(slice));
        var step = _places.Length * Slice;
        var directions = new float[_blocks.Length * step];
        var norms = new float[_blocks.Length * Slice];
        for (var n = 0; n < _blocks.Length; n++) _places.Pack(
            _blocks[n], first, count, _rule.MinimumLive, directions.AsSpan(n * step, step), norms.AsSpan(n * Slice, Slice));
        var goes = new uint[_blocks.Length * Slice];
        for (var a = 0; a < _blocks.Length; a++)
        {
            var group = _places.GroupOf[_blocks[a]];
            if (group < 0) continue;
            for (var b = a + 1; b < _blocks.Length; b++)
            {
                if (group == _places.GroupOf[_blocks[b]]) Judge(a, b, directions, norms, goes);
            }
        }

        for (var n = 0; n < _blocks.Length; n++)
        {
            for (var lane = 0; lane < count; lane++) _goes[_blocks[n] * _places.Places + first + lane] = (byte)(goes[n * Slice + lane] & 1);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Judge(int a, int b, float[] directions, float[] norms, uint[] goes)
    {
        var threshold = new Vector<float>(_rule.Threshold);
        var step = _places.Length * Slice;
        for (var lane = 0; lane < Slice; lane += Vector<float>.Count)
        {
            var cosine = Vector<float>.Zero;
            for (var i = lane; i < step; i += Slice) cosine += new Vector<float>(directions, a * step + i) * new Vector<float>(
                directions, b * step + i);
            var parallel = Vector.AsVectorUInt32(Vector.GreaterThan(Vector.Abs(cosine), threshold));
            if (parallel == Vector<uint>.Zero) continue;
            var aIsWeaker = Vector.AsVectorUInt32(
                Vector.LessThan(new Vector<float>(norms, a * Slice + lane), new Vector<float>(norms, b * Slice + lane)));
            (new Vector<uint>(goes, a * Slice + lane) | (parallel & aIsWeaker)).CopyTo(goes, a * Slice + lane);
            (new Vector<uint>(goes, b * Slice + lane) | (parallel & ~aIsWeaker)).CopyTo(goes, b * Slice + lane);
        }
    }

    private readonly struct Work(ChannelComparison comparison) : IWork
    {
        public void Do(int item, int worker) => comparison.Compare(comparison._slices[item]);
    }
}
