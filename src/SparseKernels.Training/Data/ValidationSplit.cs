using SparseKernels.Training.Randomness;

namespace SparseKernels.Training.Data;

/// <summary>
/// Training images, a share of which is held out to judge training by, so that test images never take part in a decision.
/// </summary>
public sealed class ValidationSplit
{
    private ValidationSplit(DataSubset training, DataSubset validation) => (Training, Validation) = (training, validation);

    /// <summary>The images to learn from.</summary>
    public IDataSet Training { get; }

    /// <summary>The images held out; none of <see cref="Training"/> is among them.</summary>
    public IDataSet Validation { get; }

    /// <summary>Splits a data set by chance: the same way for the same seed and number of images.</summary>
    /// <param name="data">All training images.</param>
    /// <param name="share">The share to hold out, over 0 and under 1; rounded to a number of images, at least one on each side.</param>
    /// <param name="seed">What decides which.</param>
    /// <returns>Both parts, each in the order of the data set.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="data"/> is null.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="share"/> is out of its range.</exception>
    /// <exception cref="ArgumentException">There are under two images.</exception>
    public static ValidationSplit Create(IDataSet data, double share, ulong seed)
    {
        ArgumentNullException.ThrowIfNull(data);
        if (!(share is > 0 and < 1))
            throw new ArgumentOutOfRangeException(nameof(share), $"share must be over 0 and under 1, got {share}.");
        if (data.Count < 2)
            throw new ArgumentException($"data must have 2 images or more to hold one out, got {data.Count} of {data.Name}.", nameof(data));
        var order = new int[data.Count];
        for (var i = 0; i < order.Length; i++) order[i] = i;
        new RandomSource(seed, RandomStreams.Validation).Shuffle(order);
        var count = Math.Clamp((int)Math.Round(share * order.Length), 1, order.Length - 1);
        return new ValidationSplit(new DataSubset(data, Sorted(order[count..])), new DataSubset(data, Sorted(order[..count])));
    }

    private static int[] Sorted(int[] indices)
    {
        Array.Sort(indices);
        return indices;
    }
}
