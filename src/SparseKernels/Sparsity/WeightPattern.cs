using System.Numerics;
using System.Runtime.CompilerServices;
using SparseKernels.Isa;

namespace SparseKernels.Sparsity;

/// <summary>
/// The non-zeros of weights <c>[K, C/Groups, R, S]</c>, fine (a bit for each weight) and coarse (which groups have any).
/// </summary>
/// <remarks>−0 counts as zero, NaN as non-zero.</remarks>
public sealed class WeightPattern
{
    private const int BitsPerWord = 64;

    private const int Unknown = -1;

    private readonly ulong[] _words;
    private CoarsePattern? _coarse;
    private int _count = Unknown;

    private WeightPattern(ConvolutionShape shape, CoarseGroup group)
    {
        Runs = new CoarseRuns(shape, group);
        (Shape, Group) = (shape, group);
        _words = new ulong[(shape.WeightLength + BitsPerWord - 1) / BitsPerWord];
    }

    /// <summary>The sizes.</summary>
    public ConvolutionShape Shape { get; }

    /// <summary>The shape of a coarse group.</summary>
    public CoarseGroup Group { get; }

    /// <summary>Weights that are non-zero.</summary>
    public int Count => _count != Unknown ? _count : _count = CountIn(0, Shape.WeightLength);

    /// <summary>Share of weights that are non-zero, 0 to 1.</summary>
    public double FineDensity => (double)Count / Shape.WeightLength;

    /// <summary>Share of coarse groups with a non-zero, 0 to 1.</summary>
    public double CoarseDensity => Coarse.Density;

    /// <summary>
    /// The groups, <c>[⌈K/OutputChannels⌉, ⌈(C/Groups)/InputChannels⌉, R]</c>, or without R where a group is of whole filters.
    /// </summary>
    public CoarsePattern Coarse => _coarse ??= FindGroups();

    /// <summary>Weights that lie in groups without a non-zero.</summary>
    internal long WeightsInDeadGroups
    {
        get
        {
            var weights = 0L;
            var coarse = Coarse;
            for (var group = 0; group < coarse.Groups; group++)
            {
                if (!coarse[group]) weights += Runs.WeightsOf(group / Runs.Runs, group % Runs.Runs);
            }

            return weights;
        }
    }

    /// <summary>Where the groups lie.</summary>
    internal CoarseRuns Runs { get; }

    /// <summary>
    /// The bitmap: bit i % 64 of word i / 64 is weight i; bits past the last weight are clear. Whoever changes it calls
    /// <see cref="Touch"/>.
    /// </summary>
    internal Span<ulong> Words => _words;

    /// <summary>Counts changes, so that whoever derived something from the pattern knows when it is stale.</summary>
    internal int Version { get; private set; }

    /// <summary>Whether a weight is non-zero.</summary>
    /// <param name="index">Its index in the plain weights.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such weight.</exception>
    public bool this[int index]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)Shape.WeightLength, nameof(index));
            return IsLive(index);
        }
    }

    /// <summary>The pattern of weights' own zeros.</summary>
    /// <param name="shape">The sizes.</param>
    /// <param name="weights"><c>[K, C/Groups, R, S]</c>, row-major.</param>
    /// <param name="group">The shape of a coarse group; 16 output channels of a filter row by default.</param>
    /// <returns>The pattern.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="shape"/> is null.</exception>
    /// <exception cref="ArgumentException"><paramref name="weights"/> has not the shape's number of weights.</exception>
    public static WeightPattern FromWeights(ConvolutionShape shape, ReadOnlySpan<float> weights, CoarseGroup? group = null)
    {
        var pattern = new WeightPattern(shape, group ?? CoarseGroup.Default);
        new SpanCheck(shape).Weights(weights.Length, nameof(weights));
        pattern.Find(weights);
        return pattern;
    }

    /// <summary>The pattern of a mask.</summary>
    /// <param name="shape">The sizes.</param>
    /// <param name="mask"><c>[K, C/Groups, R, S]</c>, row-major: true where a weight is non-zero.</param>
    /// <param name="group">The shape of a coarse group; 16 output channels of a filter row by default.</param>
    /// <returns>The pattern.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="shape"/> is null.</exception>
    /// <exception cref="ArgumentException"><paramref name="mask"/> has not the shape's number of weights.</exception>
    public static WeightPattern FromMask(ConvolutionShape shape, ReadOnlySpan<bool> mask, CoarseGroup? group = null)
    {
        var pattern = new WeightPattern(shape, group ?? CoarseGroup.Default);
        new SpanCheck(shape).Weights(mask.Length, nameof(mask));
        for (var i = 0; i < mask.Length; i++)
        {
            if (mask[i]) pattern._words[i / BitsPerWord] |= 1UL << (i % BitsPerWord);
        }

        return pattern;
    }

    /// <summary>Makes every value zero whose weight the pattern lacks, whatever it was.</summary>
    /// <param name="weights">A run of the weights.</param>
    /// <param name="start">The first of them, a multiple of 16.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal unsafe void Apply(Span<float> weights, int start = 0)
    {
        var whole = weights.Length / LaneBlock.Size * LaneBlock.Size;
        fixed (float* first = weights)
        {
            for (var i = 0; i < whole; i += LaneBlock.Size)
                LaneMask.Keep(first + i, (uint)(_words[(start + i) / BitsPerWord] >> ((start + i) % BitsPerWord)) & 0xFFFF);
        }

        for (var i = start + whole; i < start + weights.Length; i++)
        {
            if (!IsLive(i)) weights[i - start] = 0;
        }
    }

    /// <summary>A pattern of no zeros.</summary>
    internal static WeightPattern Full(ConvolutionShape shape, CoarseGroup group)
    {
        var pattern = new WeightPattern(shape, group);
        pattern._words.AsSpan().Fill(ulong.MaxValue);
        var rest = shape.WeightLength % BitsPerWord;
        if (rest != 0) pattern._words[^1] = (1UL << rest) - 1;
        return pattern;
    }

    /// <summary>A pattern of nothing but zeros.</summary>
    internal static WeightPattern Empty(ConvolutionShape shape) => new(shape, CoarseGroup.Default);

    /// <summary>Becomes the pattern of weights' own zeros.</summary>
    /// <param name="weights"><c>[K, C/Groups, R, S]</c>, as many as the shape has.</param>
    internal void Become(ReadOnlySpan<float> weights)
    {
        _words.AsSpan().Clear();
        Find(weights);
        Touch();
    }

    /// <summary>Takes the bits of a pattern of the same weights, perhaps of other sizes, in the same order.</summary>
    internal void Become(WeightPattern other)
    {
        other.Words.CopyTo(_words);
        Touch();
    }

    /// <summary>Says that <see cref="Words"/> changed.</summary>
    internal void Touch()
    {
        _count = Unknown;
        _coarse = null;
        Version++;
    }

    /// <summary>The first non-zero weight from an index on, or <paramref name="end"/> if there is none before it.</summary>
    internal int NextLive(int from, int end) => Next(from, end, invert: 0);

    /// <summary>The first zero from an index on, or <paramref name="end"/> if there is none before it.</summary>
    internal int NextDead(int from, int end) => Next(from, end, invert: ulong.MaxValue);

    /// <summary>Whether a weight is non-zero; its index is not checked.</summary>
    internal bool IsLive(int index) => (_words[index / BitsPerWord] >> (index % BitsPerWord) & 1) != 0;

    /// <summary>A bit for each of up to 16 weights, from an index on, so far apart.</summary>
    internal ushort Bits(int first, int count, int step)
    {
        var bits = 0;
        for (var i = 0; i < count; i++) bits |= (IsLive(first + i * step) ? 1 : 0) << i;
        return (ushort)bits;
    }

    /// <summary>Lists the non-zero weights from an index up to another, each by its distance from the first.</summary>
    /// <returns>How many there are.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal unsafe int ListLive(int from, int end, int* to)
    {
        var count = 0;
        for (var word = from / BitsPerWord; (long)word * BitsPerWord < end; word++)
        {
            var start = word * BitsPerWord;
            var bits = _words[word];
            if (start < from) bits &= ulong.MaxValue << (from - start);
            if (end - start < BitsPerWord) bits &= (1UL << (end - start)) - 1;
            for (; bits != 0; bits &= bits - 1) to[count++] = start - from + BitOperations.TrailingZeroCount(bits);
        }

        return count;
    }

    private int Next(int from, int end, ulong invert)
    {
        if (from >= end) return end;
        var word = from / BitsPerWord;
        var bits = (_words[word] ^ invert) & (ulong.MaxValue << (from % BitsPerWord));
        while (bits == 0)
        {
            if ((long)++word * BitsPerWord >= end) return end;
            bits = _words[word] ^ invert;
        }

        return (int)Math.Min(end, (long)word * BitsPerWord + BitOperations.TrailingZeroCount(bits));
    }

    /// <summary>Non-zero weights from an index up to another.</summary>
    internal int CountIn(int from, int end)
    {
        if (from >= end) return 0;
        var (word, last) = (from / BitsPerWord, (end - 1) / BitsPerWord);
        var bits = _words[word] & (ulong.MaxValue << (from % BitsPerWord));
        var count = 0;
        for (; word < last; bits = _words[++word]) count += BitOperations.PopCount(bits);
        return count + BitOperations.PopCount(bits & (ulong.MaxValue >> (BitsPerWord - 1 - (end - 1) % BitsPerWord)));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private unsafe void Find(ReadOnlySpan<float> weights)
    {
        var whole = weights.Length / LaneBlock.Size * LaneBlock.Size;
        fixed (float* first = weights)
        {
            for (var i = 0; i < whole; i += LaneBlock.Size)
                _words[i / BitsPerWord] |= (ulong)NonZeroBits.Of(first + i) << (i % BitsPerWord);
        }

        for (var i = whole; i < weights.Length; i++)
        {
            if (weights[i] != 0) _words[i / BitsPerWord] |= 1UL << (i % BitsPerWord);
        }
    }

    private CoarsePattern FindGroups()
    {
        var coarse = new CoarsePattern(Runs.Groups);
        var runOf = Runs.RunOf;
        for (var k = 0; k < Shape.K; k++)
        {
            var (start, end) = (k * runOf.Length, (k + 1) * runOf.Length);
            for (var i = NextLive(start, end); i < end; i = NextLive(i + 1, end))
                coarse[k / Runs.Rows * Runs.Runs + runOf[i - start]] = true;
        }

        return coarse;
    }
}
