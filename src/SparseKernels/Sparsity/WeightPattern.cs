using System.Numerics;
using System.Runtime.CompilerServices;
using SparseKernels.Sparsity;

namespace SparseKernels;

/// <summary>
/// The non-zeros of weights <c>[K, C/Groups, R, S]</c>, fine (a bit for each weight) and coarse (which groups have any).
/// </summary>
/// <remarks>−0 counts as zero, NaN as non-zero.</remarks>
public sealed class WeightPattern
{
    private const int BitsPerWord = 64;

    private readonly ulong[] _words;
    private CoarsePattern? _coarse;

    private WeightPattern(ConvolutionShape shape, CoarseGroup group)
    {
        ArgumentNullException.ThrowIfNull(shape);
        if (group.OutputChannels < 1)
            throw new ArgumentOutOfRangeException(nameof(group), $"a coarse group needs at least one output channel, got {group.OutputChannels}.");
        (Shape, Group) = (shape, group);
        _words = new ulong[(shape.WeightLength + BitsPerWord - 1) / BitsPerWord];
    }

    /// <summary>The sizes.</summary>
    public ConvolutionShape Shape { get; }

    /// <summary>The shape of a coarse group.</summary>
    public CoarseGroup Group { get; }

    /// <summary>Weights that are non-zero.</summary>
    public int Count => _words.Sum(BitOperations.PopCount);

    /// <summary>Share of weights that are non-zero, 0 to 1.</summary>
    public double FineDensity => (double)Count / Shape.WeightLength;

    /// <summary>Share of coarse groups with a non-zero, 0 to 1.</summary>
    public double CoarseDensity => Coarse.Density;

    /// <summary>The groups, <c>[⌈K/OutputChannels⌉, C/Groups, R]</c>, or without R where a group is a whole filter.</summary>
    public CoarsePattern Coarse => _coarse ??= FindGroups();

    /// <summary>Whether a weight is non-zero.</summary>
    /// <param name="index">Its index in the plain weights.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such weight.</exception>
    public bool this[int index]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)Shape.WeightLength, nameof(index));
            return (_words[index / BitsPerWord] >> (index % BitsPerWord) & 1) != 0;
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
        new ArgumentCheck(shape).Weights(weights.Length, nameof(weights));
        for (var i = 0; i < weights.Length; i++)
        {
            if (weights[i] != 0) pattern._words[i / BitsPerWord] |= 1UL << (i % BitsPerWord);
        }

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
        new ArgumentCheck(shape).Weights(mask.Length, nameof(mask));
        for (var i = 0; i < mask.Length; i++)
        {
            if (mask[i]) pattern._words[i / BitsPerWord] |= 1UL << (i % BitsPerWord);
        }

        return pattern;
    }

    /// <summary>Makes every value zero whose weight the pattern lacks, whatever it was.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal unsafe void Apply(Span<float> weights)
    {
        var whole = weights.Length / BlockedTensor.Block * BlockedTensor.Block;
        fixed (float* first = weights)
        {
            for (var i = 0; i < whole; i += BlockedTensor.Block) LaneMask.Keep(first + i, (uint)(_words[i / BitsPerWord] >> (i % BitsPerWord)) & 0xFFFF);
        }

        for (var i = whole; i < weights.Length; i++)
        {
            if ((_words[i / BitsPerWord] >> (i % BitsPerWord) & 1) == 0) weights[i] = 0;
        }
    }

    private CoarsePattern FindGroups()
    {
        var rows = Group.WholeFilter ? 1 : Shape.R;
        var taps = Shape.R * Shape.S / rows;
        var groups = (Shape.K + Group.OutputChannels - 1) / Group.OutputChannels;
        var coarse = new CoarsePattern(checked(groups * Shape.GroupC * rows));
        for (var i = 0; i < Shape.WeightLength; i++)
        {
            if ((_words[i / BitsPerWord] >> (i % BitsPerWord) & 1) == 0) continue;
            var row = i / taps;
            var k = row / (Shape.GroupC * rows);
            coarse[k / Group.OutputChannels * Shape.GroupC * rows + row % (Shape.GroupC * rows)] = true;
        }

        return coarse;
    }
}
