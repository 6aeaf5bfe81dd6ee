using System.Numerics;

namespace SparseKernels.Training.Randomness;

/// <summary>
/// Deterministic random numbers: xoshiro256** (Blackman and Vigna 2018) whose state SplitMix64 derives from three numbers.
/// Everything random in training is drawn from a source made on the spot from (seed, stream, index), where the stream says what
/// it is for (<see cref="RandomStreams"/>) and the index says which epoch, step or image. No generator outlives its use, so a
/// resumed run needs nothing but the seed, the epoch and the step to draw what it would have drawn. Pass it by reference: a copy repeats.
/// </summary>
public struct RandomSource
{
    private const ulong GoldenGamma = 0x9E3779B97F4A7C15;

    private ulong _a;
    private ulong _b;
    private ulong _c;
    private ulong _d;

    /// <summary>Makes a source; the same three numbers always give the same sequence, on every machine.</summary>
    /// <param name="seed">The run's seed.</param>
    /// <param name="stream">What the numbers are for.</param>
    /// <param name="index">Which epoch, step, image or tensor they are for.</param>
    public RandomSource(ulong seed, ulong stream = 0, ulong index = 0)
    {
        var key = Mix(seed + GoldenGamma);
        key = Mix(key ^ (stream + GoldenGamma));
        key = Mix(key ^ (index + GoldenGamma));
        _a = Mix(key += GoldenGamma);
        _b = Mix(key += GoldenGamma);
        _c = Mix(key += GoldenGamma);
        _d = Mix(key + GoldenGamma);
        if ((_a | _b | _c | _d) == 0) _a = GoldenGamma;
    }

    /// <summary>64 uniform bits.</summary>
    /// <returns>The bits.</returns>
    public ulong NextUInt64()
    {
        var result = BitOperations.RotateLeft(_b * 5, 7) * 9;
        var shifted = _b << 17;
        _c ^= _a;
        _d ^= _b;
        _b ^= _c;
        _a ^= _d;
        _c ^= shifted;
        _d = BitOperations.RotateLeft(_d, 45);
        return result;
    }

    /// <summary>A uniform integer from 0 to <paramref name="max"/> − 1, without bias (Lemire 2019).</summary>
    /// <param name="max">How many values there are; 1 or more.</param>
    /// <returns>The integer.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="max"/> is under 1.</exception>
    public int NextInt(int max)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(max, 1);
        var range = (uint)max;
        var product = (NextUInt64() >> 32) * range;
        if ((uint)product < range)
        {
            var rejected = (0u - range) % range;
            while ((uint)product < rejected) product = (NextUInt64() >> 32) * range;
        }

        return (int)(product >> 32);
    }

    /// <summary>A uniform number in [0, 1), a multiple of 2⁻²⁴.</summary>
    /// <returns>The number.</returns>
    public float NextSingle() => (NextUInt64() >> 40) * (1f / (1 << 24));

    /// <summary>A uniform number in [<paramref name="low"/>, <paramref name="high"/>).</summary>
    /// <param name="low">The smallest value.</param>
    /// <param name="high">The bound above; rounding may reach it.</param>
    /// <returns>The number.</returns>
    public float NextSingle(float low, float high) => low + ((high - low) * NextSingle());

    /// <summary>A number from the standard normal distribution (Box and Muller 1958).</summary>
    /// <returns>The number.</returns>
    public float NextGaussian()
    {
        // 1 − u lies in (0, 1], so the logarithm is finite.
        var u = 1 - ((NextUInt64() >> 11) * (1.0 / (1UL << 53)));
        var v = (NextUInt64() >> 11) * (1.0 / (1UL << 53));
        return (float)(Math.Sqrt(-2 * Math.Log(u)) * Math.Cos(2 * Math.PI * v));
    }

    /// <summary>Puts the items in a uniformly random order (Fisher and Yates).</summary>
    /// <param name="items">The items, reordered in place.</param>
    public void Shuffle(Span<int> items)
    {
        for (var i = items.Length - 1; i > 0; i--)
        {
            var j = NextInt(i + 1);
            (items[i], items[j]) = (items[j], items[i]);
        }
    }

    private static ulong Mix(ulong z)
    {
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
