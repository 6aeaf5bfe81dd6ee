namespace SparseKernels.Training.Randomness;

/// <summary>The streams of <see cref="RandomSource"/>: one for each use, so that no two uses draw the same numbers.</summary>
public static class RandomStreams
{
    /// <summary>Initial weights; the index is the parameter's position in the network.</summary>
    public const ulong Initialisation = 1;

    /// <summary>The order of the images; the index is the epoch.</summary>
    public const ulong Shuffle = 2;

    /// <summary>Crops and flips; the index is epoch · 2³² + image.</summary>
    public const ulong Augmentation = 3;

    /// <summary>Dropout masks; the index is step · 2¹⁶ + layer.</summary>
    public const ulong Dropout = 4;

    /// <summary>Synthetic images for training; the index is the image.</summary>
    public const ulong SyntheticTraining = 5;

    /// <summary>Synthetic images for testing; the index is the image.</summary>
    public const ulong SyntheticTest = 6;

    /// <summary>Dropout masks of one of several ranks: each drops elements of its own. That of the first is <see cref="Dropout"/>.</summary>
    /// <param name="rank">The rank, from 0.</param>
    /// <returns>The stream.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="rank"/> is negative.</exception>
    public static ulong DropoutOf(int rank)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(rank);
        return ((ulong)rank << 32) + Dropout;
    }

    /// <summary>Which training images are held out for validation.</summary>
    public const ulong Validation = 7;
}
