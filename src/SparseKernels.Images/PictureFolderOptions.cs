namespace SparseKernels.Images;

/// <summary>How a <see cref="PictureFolder"/> is read.</summary>
public sealed record PictureFolderOptions
{
    /// <summary>Width and height of the images made of the pictures, 1 to 4,096; 224 is usual.</summary>
    public int ImageSize { get; init; } = 224;

    /// <summary>How pictures are varied for training.</summary>
    public PictureAugmentation Augmentation { get; init; } = new();

    /// <summary>The share of each class's pictures that is held out for tests where the folder has no split of its own; over 0 and under 1.</summary>
    public double TestShare { get; init; } = 0.2;

    /// <summary>What decides which are held out.</summary>
    public ulong Seed { get; init; }

    /// <summary>Whether a picture that can't be read is an error. Otherwise it is left out and named in <see cref="PictureFolder.Broken"/>.</summary>
    public bool Strict { get; init; }

    /// <summary>
    /// Bytes of decoded pictures to keep in memory; what doesn't fit is decoded again each time. 0 for none; a quarter of the memory that is
    /// available to the process where null. Images don't depend on it.
    /// </summary>
    public long? CacheBytes { get; init; }

    /// <summary>
    /// Pictures to learn from are first reduced to a shorter side of so many pixels, if theirs is longer; <see cref="ImageSize"/> or more.
    /// Null for what the smallest crop needs to be shown without enlarging: <c>ImageSize / √MinimumScale</c>, 792 for 224.
    /// </summary>
    public int? LongestShorterSide { get; init; }

    /// <summary>Threads that read the folder at first; all processors where null. Images don't depend on it.</summary>
    public int? Threads { get; init; }

    /// <summary>The data set's name; <c>pictures in FOLDER</c> with the full path where null.</summary>
    public string? Name { get; init; }

    internal int ReducedSide => LongestShorterSide ?? (int)Math.Ceiling(ImageSize / Math.Sqrt(Augmentation.MinimumScale));

    internal long Budget => CacheBytes ?? GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 4;

    internal void Check()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(ImageSize, 1, nameof(ImageSize));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(ImageSize, 4096, nameof(ImageSize));
        ArgumentNullException.ThrowIfNull(Augmentation, nameof(Augmentation));
        Augmentation.Check();
        if (!(TestShare is > 0 and < 1))
            throw new ArgumentOutOfRangeException(nameof(TestShare), $"TestShare must be over 0 and under 1, got {TestShare}.");
        if (CacheBytes is { } bytes) ArgumentOutOfRangeException.ThrowIfNegative(bytes, nameof(CacheBytes));
        if (LongestShorterSide is { } side) ArgumentOutOfRangeException.ThrowIfLessThan(side, ImageSize, nameof(LongestShorterSide));
        if (Threads is { } threads) ArgumentOutOfRangeException.ThrowIfLessThan(threads, 1, nameof(Threads));
    }
}
