using SparseKernels.Sparsity;

namespace SparseKernels.Pruning.Order;

/// <summary>
/// Which runs of each output channel have a weight left, over all layers that share the channels' order: a bit for each run, each layer's
/// from a word of its own on.
/// </summary>
internal sealed class LiveRuns
{
    private const int BitsPerWord = 64;

    private readonly ulong[] _bits;

    /// <summary>Weights that a bit of each word stands for.</summary>
    private readonly int[] _weights;

    /// <param name="masks">Masks of as many output channels and convolution groups.</param>
    public LiveRuns(IReadOnlyList<WeightPattern> masks)
    {
        var shape = masks[0].Shape;
        (Channels, GroupChannels) = (shape.K, shape.GroupK);
        _weights = [.. masks.SelectMany(mask => Enumerable.Repeat(mask.Runs.Columns[0], WordsOf(mask)))];
        _bits = new ulong[Channels * Words];
        var first = 0;
        foreach (var mask in masks)
        {
            for (var k = 0; k < Channels; k++) Find(mask, k, _bits.AsSpan(k * Words + first, WordsOf(mask)));
            first += WordsOf(mask);
        }
    }

    /// <summary>Output channels K.</summary>
    public int Channels { get; }

    /// <summary>Output channels of a convolution group, which only change places with each other.</summary>
    public int GroupChannels { get; }

    /// <summary>Words of a channel.</summary>
    public int Words => _weights.Length;

    /// <summary>Weights of a run of one channel, by the word that has its bit. The last run of a layer may have fewer.</summary>
    public ReadOnlySpan<int> Weights => _weights;

    /// <summary>The runs of a channel.</summary>
    public ReadOnlySpan<ulong> this[int k] => _bits.AsSpan(k * Words, Words);

    private static int WordsOf(WeightPattern mask) => (mask.Runs.Runs + BitsPerWord - 1) / BitsPerWord;

    private static void Find(WeightPattern mask, int k, Span<ulong> bits)
    {
        var runOf = mask.Runs.RunOf;
        var (start, end) = (k * runOf.Length, (k + 1) * runOf.Length);
        for (var i = mask.NextLive(start, end); i < end; i = mask.NextLive(i + 1, end))
            bits[runOf[i - start] / BitsPerWord] |= 1UL << (runOf[i - start] % BitsPerWord);
    }
}
