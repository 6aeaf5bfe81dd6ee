namespace SparseKernels.Training.Data;

/// <summary>Settings of a <see cref="BatchLoader"/>.</summary>
public sealed record BatchLoaderOptions
{
    internal const int MostThreads = 256;

    /// <summary>Images in a batch.</summary>
    public required int BatchSize { get; init; }

    /// <summary>
    /// The share of every batch that is made; the whole by default. The order of images is that of whole batches, and a share holds at least one
    /// image. For training alone.
    /// </summary>
    public Shard Shard { get; init; } = Shard.Whole;

    /// <summary>
    /// True: a new order each epoch, and images that don't fill a last batch are left out of that epoch. False: file order, and the last
    /// batch holds what is left.
    /// </summary>
    public required bool Training { get; init; }

    /// <summary>
    /// Training: batches of an epoch; as many as the images fill where null. With more, the epoch goes on with images that it had already,
    /// in an order of their own.
    /// </summary>
    public int? BatchesPerEpoch { get; init; }

    /// <summary>Applied to each image last.</summary>
    public required Normalisation Normalisation { get; init; }

    /// <summary>Applied to each image first, to what the data set's own augmentation gave.</summary>
    public Augmentation Augmentation { get; init; } = Augmentation.None;

    /// <summary>The run's seed.</summary>
    public ulong Seed { get; init; }

    /// <summary>The epoch to begin with.</summary>
    public int FirstEpoch { get; init; }

    /// <summary>The batch of <see cref="FirstEpoch"/> to begin with.</summary>
    public int FirstBatch { get; init; }

    /// <summary>Batches made ahead of the one in use; 1 or more.</summary>
    public int Prefetch { get; init; } = 2;

    /// <summary>Background threads that make batches, 1 to 256. Batches don't depend on it.</summary>
    public int Threads { get; init; } = 1;
}
