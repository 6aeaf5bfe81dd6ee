using System.Numerics;

namespace SparseKernels.Pruning.Order;

/// <summary>
/// An order of output channels, cut into blocks, that gets better by exchanges: two channels of different blocks change places where more
/// weights come to lie in runs that are zero over a whole block.
/// </summary>
internal sealed class ChannelBlocks
{
    /// <summary>Sweeps end when none gains; in the worst case each would gain one run.</summary>
    private const int MostSweeps = 64;

    private readonly LiveRuns _runs;
    private readonly int[] _order;
    private readonly int _block;
    private readonly int _words;

    /// <summary>By block: runs that any of its channels has, and of these the runs that one alone has.</summary>
    private readonly ulong[] _any;
    private readonly ulong[] _once;

    public ChannelBlocks(LiveRuns runs, int[] order, int block)
    {
        (_runs, _order, _block, _words) = (runs, [.. order], block, runs.Words);
        var blocks = ((order.Length - 1) / block) + 1;
        (_any, _once) = (new ulong[blocks * _words], new ulong[blocks * _words]);
        for (var b = 0; b < blocks; b++) Find(b);
    }

    /// <summary>The old channel at each new place.</summary>
    public int[] Order => [.. _order];

    /// <summary>Weights, zeros among them, in runs that are not zero over a whole block.</summary>
    public long WeightsInLiveRuns
    {
        get
        {
            var weights = 0L;
            for (var i = 0; i < _any.Length; i++)
                weights += (long)BitOperations.PopCount(_any[i]) * RowsOf(i / _words) * _runs.Weights[i % _words];
            return weights;
        }
    }

    /// <summary>Sweeps over the channels: each changes places with the one with which that gains most, if it gains.</summary>
    public void Exchange()
    {
        var gained = true;
        for (var sweep = 0; gained && sweep < MostSweeps; sweep++)
        {
            gained = false;
            for (var i = 0; i < _order.Length; i++) gained |= ExchangeBest(i);
        }
    }

    private bool ExchangeBest(int i)
    {
        var (best, most) = (-1, 0L);
        var group = _order[i] / _runs.GroupChannels;
        for (var j = (i / _block + 1) * _block; j < _order.Length && _order[j] / _runs.GroupChannels == group; j++)
        {
            var gain = GainOf(i, j);
            if (gain > most) (best, most) = (j, gain);
        }

        if (best < 0) return false;
        (_order[i], _order[best]) = (_order[best], _order[i]);
        Find(i / _block);
        Find(best / _block);
        return true;
    }

    /// <summary>Weights that come to lie in zero runs when the channels at two places change, less those that no longer do.</summary>
    private long GainOf(int i, int j)
    {
        var (a, b) = (i / _block, j / _block);
        ReadOnlySpan<ulong> ofI = _runs[_order[i]], ofJ = _runs[_order[j]];
        ReadOnlySpan<ulong> anyA = _any.AsSpan(a * _words, _words), anyB = _any.AsSpan(b * _words, _words);
        ReadOnlySpan<ulong> onceA = _once.AsSpan(a * _words, _words), onceB = _once.AsSpan(b * _words, _words);
        var weights = _runs.Weights;
        var (gainA, gainB) = (0L, 0L);
        for (var word = 0; word < weights.Length; word++)
        {
            var withoutI = anyA[word] & ~(onceA[word] & ofI[word]);
            var withoutJ = anyB[word] & ~(onceB[word] & ofJ[word]);
            gainA += (BitOperations.PopCount(anyA[word]) - BitOperations.PopCount(withoutI | ofJ[word])) * weights[word];
            gainB += (BitOperations.PopCount(anyB[word]) - BitOperations.PopCount(withoutJ | ofI[word])) * weights[word];
        }

        return gainA * RowsOf(a) + gainB * RowsOf(b);
    }

    private int RowsOf(int block) => Math.Min(_block, _order.Length - block * _block);

    private void Find(int block)
    {
        var any = _any.AsSpan(block * _words, _words);
        var once = _once.AsSpan(block * _words, _words);
        any.Clear();
        once.Clear();
        for (var i = block * _block; i < block * _block + RowsOf(block); i++)
        {
            var live = _runs[_order[i]];
            for (var word = 0; word < _words; word++)
            {
                once[word] = (once[word] & ~live[word]) | (live[word] & ~any[word]);
                any[word] |= live[word];
            }
        }
    }
}
