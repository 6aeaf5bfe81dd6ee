namespace SparseKernels.TestSupport;

/// <summary>Test data, the same for the same seed on every machine.</summary>
internal static class RandomTensor
{
    /// <summary>
    /// Whole numbers from −4 to 4, zero with probability 1 − <paramref name="density"/>: their products sum exactly in fp32.
    /// </summary>
    public static float[] Integers(int length, int seed, double density = 1)
    {
        var random = new Random(seed);
        var values = new float[length];
        foreach (ref var value in values.AsSpan())
        {
            if (random.NextDouble() >= density) continue;
            value = random.Next(1, 5) * (random.Next(2) == 0 ? -1 : 1);
        }

        return values;
    }

    /// <summary>Numbers from −1 to 1, zero with probability 1 − <paramref name="density"/>.</summary>
    public static float[] Floats(int length, int seed, double density = 1)
    {
        var random = new Random(seed);
        var values = new float[length];
        foreach (ref var value in values.AsSpan())
        {
            if (random.NextDouble() < density) value = random.NextSingle() * 2 - 1;
        }

        return values;
    }
}
