using SparseKernels.Packing;
using SparseKernels.Sparsity;
using SparseKernels.TestSupport;
using Xunit;

namespace SparseKernels.Tests.Packing;

/// <summary>Plain or live, the weights are the same; and no byte moves that nobody asks for.</summary>
public sealed unsafe class MaskedWeightsTests
{
    private const int Live = 40;

    private static readonly ConvolutionShape s_shape = new(1, 16, 3, 3, 16, 3, 3);

    /// <summary>Bytes of all weights, of a bit of each, of the live ones.</summary>
    private static readonly long s_all = s_shape.WeightLength * sizeof(float), s_bits = s_shape.WeightLength / 8, s_live = Live * sizeof(float);

    [Fact]
    public void Moved_ListsAlone_NeitherCopiesNorLooksForZeros()
    {
        var (w, pattern) = FirstLive();
        using var weights = new MaskedWeights(s_shape, "test");
        weights.Take(w, pattern);
        _ = weights.Live;
        Assert.Equal([.. w.Take(Live)], new Span<float>(weights.Live.Values, weights.Live.Count).ToArray());

        // What was asked for is known by now: live weights alone. 40 of them lie in 3 blocks of 16.
        var before = weights.Moved;
        var later = Array.ConvertAll(w, value => 2 * value);
        Assert.False(weights.Take(later, pattern));
        _ = weights.Live;
        Assert.Equal(before + new MovedBytes(s_live + (48 * sizeof(float)), s_live), weights.Moved);
        Assert.Equal([.. later.Take(Live)], new Span<float>(weights.Live.Values, weights.Live.Count).ToArray());

        // A pruning step adds the bits, and the columns that they give.
        before = weights.Moved;
        pattern.Words[0] &= ~1UL;
        pattern.Touch();
        later[0] = 0;
        Assert.True(weights.Take(later, pattern));
        const long Left = (Live - 1) * sizeof(float);
        Assert.Equal(before + new MovedBytes((2 * s_bits) + Left + (48 * sizeof(float)), s_bits + Left + Left), weights.Moved);
        Assert.Equal([.. later.Take(Live).Skip(1)], new Span<float>(weights.Live.Values, weights.Live.Count).ToArray());

        // Finite or not: of the live ones.
        before = weights.Moved;
        Assert.True(weights.AreFinite && weights.AreFinite);
        Assert.Equal(before + new MovedBytes(Left, 0), weights.Moved);

        // Plain, all of a sudden; from then on it is kept.
        before = weights.Moved;
        Assert.Equal(later, PlainOf(weights));
        Assert.Equal(before + new MovedBytes(2 * Left, s_all), weights.Moved);
        weights.Take(w, pattern);
        before = weights.Moved;
        Assert.Equal(w, PlainOf(weights));
        Assert.Equal(before, weights.Moved);
    }

    [Fact]
    public void Moved_PlainAlone_IsACopyAndNoLook()
    {
        var (w, pattern) = FirstLive();
        foreach (var given in (WeightPattern?[])[null, pattern])
        {
            using var weights = new MaskedWeights(s_shape, "test");
            for (var update = 0; update < 2; update++)
            {
                var before = weights.Moved;
                Assert.Equal(given is null || update == 0, weights.Take(w, given));
                Assert.Equal(w, PlainOf(weights));
                var bits = given is null || update > 0 ? 0 : s_bits;
                Assert.Equal(before + new MovedBytes(s_all + bits, s_all + bits), weights.Moved);
                Assert.Equal(given is not null, weights.GivenPattern is not null);
            }
        }
    }

    [Fact]
    public void Take_WithoutPattern_FindsZerosOnceForeachUpdate()
    {
        var (w, _) = FirstLive();
        using var weights = new MaskedWeights(s_shape, "test");
        Assert.Equal(0, weights.Live.Count);
        Assert.True(weights.Take(w, pattern: null));
        var before = weights.Moved;
        for (var i = 0; i < 2; i++) Assert.Equal(Live, weights.Live.Count);
        Assert.Equal(before + new MovedBytes(s_all + s_bits + s_live + (48 * sizeof(float)), s_bits + s_live + s_live), weights.Moved);
        w[100] = 5;
        Assert.True(weights.Take(w, pattern: null));
        Assert.Equal(Live + 1, weights.Live.Count);
    }

    [Fact]
    public void AreFinite_AnyForm_FindsInfinityAndNaN()
    {
        var (w, pattern) = FirstLive();
        using var weights = new MaskedWeights(s_shape, "test");
        Assert.True(weights.AreFinite);
        foreach (var asksLive in (bool[])[false, true])
        {
            foreach (var value in (float[])[float.NaN, 1, float.NegativeInfinity, 2])
            {
                w[Live - 1] = value;
                weights.Take(w, pattern);
                Assert.Equal(float.IsFinite(value), weights.AreFinite);
                if (asksLive) _ = weights.Live;
                Assert.Equal(float.IsFinite(value), weights.AreFinite);
            }
        }
    }

    private static float[] PlainOf(MaskedWeights weights) => new Span<float>(weights.Plain, s_shape.WeightLength).ToArray();

    /// <summary>Weights of which the first ones are live, and their pattern.</summary>
    private static (float[] W, WeightPattern Pattern) FirstLive()
    {
        var w = RandomTensor.Floats(s_shape.WeightLength, seed: 1);
        w.AsSpan(Live).Clear();
        return (w, WeightPattern.FromWeights(s_shape, w));
    }
}
