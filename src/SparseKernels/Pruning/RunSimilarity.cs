using System.Numerics;
using System.Runtime.CompilerServices;
using SparseKernels.Isa;
using SparseKernels.Sparsity;
using SparseKernels.Threading;

namespace SparseKernels.Pruning;

/// <summary>
/// Compares the runs of sampled output channels pair by pair. Lanes are 16 runs of a channel side by side, each scaled to length one, so
/// that a pair's cosines are one multiply-add for each weight of a run; an item of work is such a slice of runs with all pairs of channels.
/// </summary>
internal sealed class RunSimilarity
{
    private const int Slice = LaneBlock.Size;

    private readonly PrunedLayer _layer;
    private readonly SimilarityRule _rule;
    private readonly CoarseRuns _runs;
    private readonly int[] _blocks;

    /// <summary>The convolution group of each sampled block, or −1 if it has channels of two.</summary>
    private readonly int[] _groups;

    /// <summary>Where in its run a column stands.</summary>
    private readonly int[] _placeOf;

    /// <summary>Weights of the largest run.</summary>
    private readonly int _length;

    /// <summary>A byte for each sampled block and run, not 0 where the run goes.</summary>
    private readonly byte[] _goes;

    private RunSimilarity(PrunedLayer layer, SimilarityRule rule)
    {
        (_layer, _rule, _runs) = (layer, rule, new CoarseRuns(layer.Shape, rule.Group));
        _blocks = ChannelSample.Of(_runs.Blocks, rule.Share, rule.Seed, (ulong)layer.Index, rule.Period);
        _groups = Array.ConvertAll(_blocks, GroupOf);
        _placeOf = new int[_runs.RowLength];
        var next = new int[_runs.Runs];
        for (var column = 0; column < _placeOf.Length; column++) _placeOf[column] = next[_runs.RunOf[column]]++;
        _length = next.Max() * Math.Min(_runs.Rows, layer.Shape.K);
        _goes = new byte[_blocks.Length * _runs.Runs];
    }

    public static SimilarityResult Prune(PrunedLayer layer, SimilarityRule rule, int threads)
    {
        var comparison = new RunSimilarity(layer, rule);
        var compared = PairsOf(comparison._groups);
        if (compared > 0)
        {
            var work = new Work(comparison);
            WorkerPool.Shared.Run(ref work, (comparison._runs.Runs + Slice - 1) / Slice, threads);
        }

        return new SimilarityResult(
            compared, PairsOf(Enumerable.Range(0, comparison._runs.Blocks).Select(comparison.GroupOf)), comparison.Clear());
    }

    /// <summary>Pairs of blocks that lie in the same convolution group.</summary>
    private static long PairsOf(IEnumerable<int> groups) =>
        groups.Where(group => group >= 0).CountBy(group => group).Sum(group => (long)group.Value * (group.Value - 1) / 2);

    private int GroupOf(int block)
    {
        var first = block * _runs.Rows / _layer.Shape.GroupK;
        return (block * _runs.Rows + _runs.RowsOf(block) - 1) / _layer.Shape.GroupK == first ? first : -1;
    }

    private int Clear()
    {
        var cleared = 0;
        for (var n = 0; n < _blocks.Length; n++)
        {
            var goes = _goes.AsSpan(n * _runs.Runs, _runs.Runs);
            foreach (var flag in goes) cleared += flag;
            var first = _blocks[n] * _runs.Rows;
            for (var k = first; k < first + _runs.RowsOf(_blocks[n]); k++)
            {
                for (var column = 0; column < _runs.RowLength; column++)
                {
                    if (goes[_runs.RunOf[column]] != 0) _layer.Clear(k * _runs.RowLength + column);
                }
            }
        }

        return cleared;
    }

    private void Compare(int firstRun)
    {
        var count = Math.Min(Slice, _runs.Runs - firstRun);
        var step = _length * Slice;
        var directions = new float[_blocks.Length * step];
        var norms = new float[_blocks.Length * Slice];
        for (var n = 0; n < _blocks.Length; n++) Pack(
            _blocks[n], firstRun, count, directions.AsSpan(n * step, step), norms.AsSpan(n * Slice, Slice));
        var goes = new uint[_blocks.Length * Slice];
        for (var a = 0; a < _blocks.Length; a++)
        {
            if (_groups[a] < 0) continue;
            for (var b = a + 1; b < _blocks.Length; b++)
            {
                if (_groups[a] == _groups[b]) Judge(a, b, directions, norms, goes);
            }
        }

        for (var n = 0; n < _blocks.Length; n++)
        {
            for (var lane = 0; lane < count; lane++) _goes[n * _runs.Runs + firstRun + lane] = (byte)(goes[n * Slice + lane] & 1);
        }
    }

    /// <summary>
    /// Runs of a block, <c>[weight][run]</c>, scaled to length one, or zero where there are too few weights for a direction.
    /// </summary>
    private void Pack(int block, int firstRun, int count, Span<float> to, Span<float> norms)
    {
        var w = _layer.Weights.Span;
        Span<double> squares = stackalloc double[Slice];
        Span<int> live = stackalloc int[Slice];
        squares.Clear();
        live.Clear();
        var (firstColumn, endColumn) = _runs.ColumnsOf(firstRun, count);
        var rowPlaces = _length / Math.Min(_runs.Rows, _layer.Shape.K);
        for (var row = 0; row < _runs.RowsOf(block); row++)
        {
            var start = (block * _runs.Rows + row) * _runs.RowLength;
            var end = start + endColumn;
            for (var i = _layer.Mask.NextLive(start + firstColumn, end); i < end; i = _layer.Mask.NextLive(i + 1, end))
            {
                var lane = _runs.RunOf[i - start] - firstRun;
                if ((uint)lane >= (uint)count) continue;
                to[(row * rowPlaces + _placeOf[i - start]) * Slice + lane] = w[i];
                squares[lane] += (double)w[i] * w[i];
                live[lane]++;
            }
        }

        for (var lane = 0; lane < Slice; lane++)
        {
            var norm = Math.Sqrt(squares[lane]);
            norms[lane] = (float)norm;
            var scale = norm > 0 && live[lane] >= _rule.MinimumLive ? 1 / norm : 0;
            for (var i = lane; i < to.Length; i += Slice) to[i] = (float)(to[i] * scale);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Judge(int a, int b, float[] directions, float[] norms, uint[] goes)
    {
        var threshold = new Vector<float>(_rule.Threshold);
        var step = _length * Slice;
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

    private readonly struct Work(RunSimilarity comparison) : IWork
    {
        public void Do(int item, int worker) => comparison.Compare(item * Slice);
    }
}
