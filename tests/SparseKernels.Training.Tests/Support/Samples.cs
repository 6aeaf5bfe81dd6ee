using SparseKernels.Training.Randomness;

namespace SparseKernels.Training.Tests.Support;

/// <summary>Inputs for tests, deterministic by seed.</summary>
internal static class Samples
{
    public static float[] Gaussian(int length, ulong seed = 3)
    {
        var random = new RandomSource(seed);
        var values = new float[length];
        foreach (ref var value in values.AsSpan()) value = random.NextGaussian();
        return values;
    }

    /// <summary>Values in random order that all differ from each other and from zero by at least <paramref name="gap"/>/2.</summary>
    public static float[] Separated(int length, float gap = 0.1f, ulong seed = 5)
    {
        var random = new RandomSource(seed);
        var order = Enumerable.Range(0, length).ToArray();
        random.Shuffle(order);
        return [.. order.Select(i => (i - (length / 2) + 0.5f) * gap)];
    }

    /// <summary>Values near −1 and near +1, so that after normalisation none is near zero.</summary>
    public static float[] TwoSided(int length, ulong seed = 7)
    {
        var random = new RandomSource(seed);
        var values = new float[length];
        for (var i = 0; i < length; i++) values[i] = (random.NextInt(2) == 0 ? -1 : 1) * random.NextSingle(0.8f, 1.2f);
        return values;
    }

    public static int[] Labels(int count, int classes, ulong seed = 9)
    {
        var random = new RandomSource(seed);
        var labels = new int[count];
        foreach (ref var label in labels.AsSpan()) label = random.NextInt(classes);
        return labels;
    }
}
