using SparseKernels.Isa;
using SparseKernels.Sparsity;
using SparseKernels.Threading;

namespace SparseKernels.Pruning;

/// <summary>
/// One streaming pass over the weights of all layers, in chunks of whole blocks of rows that fit L2 and share no word of a mask. A chunk is
/// updated, masked, summed, where its layer's thresholds are set pruned, and where the layer keeps its live weights packed, packed before the
/// next one is read. Chunks follow from shapes alone, so results do not depend on the number of threads.
/// </summary>
internal sealed unsafe class WeightPass
{
    /// <summary>Weights of a chunk at least: 64 KiB of each array, so that three of them fit L2.</summary>
    private const int LeastChunk = 16 * 1024;

    private const int BitsPerWord = 64;

    private const int BlockBytes = LaneBlock.Size * sizeof(float);

    private readonly PrunedLayer[] _layers;
    private readonly Chunk[] _chunks;
    private readonly ChunkResult[] _results;
    private readonly float[] _rates;
    private readonly int _threads;

    public WeightPass(IReadOnlyList<PrunedLayer> layers, int threads)
    {
        (_layers, _threads) = ([.. layers], threads);
        _rates = new float[_layers.Length];
        _chunks = [.. _layers.SelectMany(ChunksOf)];
        _results = new ChunkResult[_chunks.Length];
    }

    /// <summary>Weights of a layer's chunk: whole blocks of rows, and a multiple of 64 unless it is the layer's last.</summary>
    public static int ChunkLength(WeightPattern mask)
    {
        var block = (long)Math.Min(mask.Runs.Rows, mask.Shape.K) * mask.Runs.RowLength;
        var unit = block * (BitsPerWord / (long)System.Numerics.BigInteger.GreatestCommonDivisor(BitsPerWord, block));
        return (int)Math.Min((LeastChunk + unit - 1) / unit * unit, mask.Shape.WeightLength);
    }

    /// <summary>Updates and masks every layer's weights, or with no <paramref name="sgd"/> only masks them.</summary>
    /// <returns>The bytes that it moved.</returns>
    public WeightTraffic Run(MaskedSgd? sgd, float rate)
    {
        // Before any chunk prunes: a layer has one rate in a step.
        var traffic = default(WeightTraffic);
        foreach (var layer in _layers)
        {
            _rates[layer.Index] = sgd?.RateAt(layer.Mask.FineDensity, rate * layer.RateFactor) ?? 0;
            traffic += layer.FindLive();
        }

        var work = new Work(this, sgd);
        WorkerPool.Shared.Run(ref work, _chunks.Length, _threads);
        return traffic + Collect(sgd is not null);
    }

    private static IEnumerable<Chunk> ChunksOf(PrunedLayer layer)
    {
        var length = ChunkLength(layer.Mask);
        for (long start = 0; start < layer.Shape.WeightLength; start += length)
            yield return new Chunk(layer, (int)start, (int)Math.Min(length, layer.Shape.WeightLength - start));
    }

    private WeightTraffic Collect(bool updated)
    {
        var traffic = default(WeightTraffic);
        for (var i = 0; i < _chunks.Length;)
        {
            var layer = _chunks[i].Layer;
            var squares = 0.0;
            var pruned = default(PrunedCounts);
            for (; i < _chunks.Length && _chunks[i].Layer == layer; i++)
            {
                squares += _results[i].Squares;
                pruned.Add(_results[i].Pruned);
                traffic += TrafficOf(_chunks[i], _results[i].Blocks, updated);
            }

            if (pruned.Runs + pruned.Weights > 0) layer.Mask.Touch();
            traffic += layer.JoinLive();
            layer.Squares = squares;
            layer.Counts.Add(pruned);
        }

        return traffic;
    }

    private static WeightTraffic TrafficOf(Chunk chunk, int blocks, bool updated)
    {
        var mask = WeightTraffic.MaskBytes(chunk.Length);
        var masked = chunk.Layer.Momentum.IsEmpty ? 1L : 2;
        var touched = updated ? (long)blocks * BlockBytes : (long)chunk.Length * sizeof(float);
        return new WeightTraffic(
            ((updated ? 3 : masked) * touched) + mask, ((updated ? 2 : masked) * touched) + (chunk.Layer.Pruner.IsSet ? mask : 0));
    }

    private readonly record struct Chunk(PrunedLayer Layer, int Start, int Length);

    private struct ChunkResult
    {
        public double Squares;
        public int Blocks;
        public PrunedCounts Pruned;
    }

    private readonly struct Work(WeightPass pass, MaskedSgd? sgd) : IWork
    {
        public void Do(int item, int worker)
        {
            var (layer, start, length) = pass._chunks[item];
            ref var result = ref pass._results[item];
            result = default;
            fixed (float* w = layer.Buffers.Weights.Span, g = layer.Buffers.Gradient.Span, v = layer.Buffers.Momentum.Span)
            fixed (ulong* words = layer.Mask.Words)
            {
                var mask = words + start / BitsPerWord;
                result.Squares = sgd is null
                    ? MaskedKernel.Mask(w + start, v == null ? null : v + start, mask, length)
                    : MaskedKernel.Update(
                        w + start, g + start, v + start, mask, length, sgd, pass._rates[layer.Index], layer.Decays ? sgd.WeightDecay : 0,
                        out result.Blocks);
                var (first, end) = (start / layer.Mask.Runs.RowLength, (start + length) / layer.Mask.Runs.RowLength);
                if (layer.Pruner.IsSet)
                {
                    result.Pruned = layer.Pruner.Prune(w, v, first, end);
                    result.Squares = MaskedKernel.Squares(w + start, length);
                    layer.Live?.Narrow(layer.Mask, first, end);
                }

                layer.Live?.Take(w + start, start, length);
            }
        }
    }
}
