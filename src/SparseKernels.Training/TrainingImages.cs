using SparseKernels.Training.Data;

namespace SparseKernels.Training;

/// <summary>
/// The images of a training run: all of them, or those that are left while some are held out to judge by. An epoch has as many batches
/// either way, so that holding out changes no learning rate: it goes on with images that it had already.
/// </summary>
internal sealed class TrainingImages : IDisposable
{
    private readonly TrainerOptions _options;
    private readonly ValidationSplit? _split;
    private BatchLoader? _training;
    private BatchLoader? _validation;
    private bool _holdsOut;

    /// <summary>Splits them, and makes no batch yet.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A batch is larger than the images to train on.</exception>
    public TrainingImages(TrainerOptions options)
    {
        _options = options;
        if (options.Pruning is { ValidationShare: > 0 and var share })
            _split = ValidationSplit.Create(options.TrainingData, share, options.Seed);
        var least = _split?.Training ?? options.TrainingData;
        if (options.Batch > least.Count)
            throw new ArgumentOutOfRangeException(
                nameof(options.Batch),
                $"Batch must be at most the {least.Count} images to train on of {options.TrainingData.Name}, got {options.Batch}.");
        BatchesPerEpoch = options.TrainingData.Count / options.Batch;
    }

    /// <summary>Batches of an epoch.</summary>
    public int BatchesPerEpoch { get; }

    /// <summary>Images that may be held out.</summary>
    public int MostHeldOut => _split?.Validation.Count ?? 0;

    /// <summary>The batches of the images held out, without end; only while some are. Null for a rank that has none of them.</summary>
    public BatchLoader? Validation => _validation ??= Evaluating(_split!.Validation);

    /// <summary>The next batch to train on is one of an epoch; goes on with what has begun where nothing changed.</summary>
    /// <param name="epoch">The epoch.</param>
    /// <param name="batch">Its batch.</param>
    /// <param name="holdsOut">Whether images are held out.</param>
    public void Begin(int epoch, int batch, bool holdsOut)
    {
        if (_training is not null && holdsOut == _holdsOut) return;
        _training?.Dispose();
        _holdsOut = holdsOut;
        _training = new BatchLoader(
            holdsOut ? _split!.Training : _options.TrainingData,
            OptionsOf(training: true, epoch, batch) with { BatchesPerEpoch = BatchesPerEpoch });
    }

    /// <summary>Batches to train on that weren't ready when they were wanted.</summary>
    public int Waits { get; private set; }

    /// <summary>The next batch to train on, valid until the next call.</summary>
    public ImageBatch Next()
    {
        var before = _training!.Waits;
        var batch = _training.Next();
        if (_training.Waits > before) Waits++;
        return batch;
    }

    /// <summary>The batches of the test images, without end; null for a rank that has none of them.</summary>
    public BatchLoader? Test() => Evaluating(_options.TestData);

    /// <summary>Stops making batches, until some are wanted again.</summary>
    public void Dispose()
    {
        _training?.Dispose();
        _validation?.Dispose();
        (_training, _validation) = (null, null);
    }

    /// <summary>This rank's batches of images that nobody learns from: one after each that the others take.</summary>
    private BatchLoader? Evaluating(IDataSet data)
    {
        var (shard, batch) = (_options.Shard, _options.Batch);
        if (shard.Count > 1)
        {
            var own = Enumerable.Range(0, data.Count).Where(i => i / batch % shard.Count == shard.Index).ToArray();
            if (own.Length == 0) return null;
            data = new DataSubset(data, own);
        }

        return new BatchLoader(data, OptionsOf(training: false, 0, 0));
    }

    private BatchLoaderOptions OptionsOf(bool training, int epoch, int batch) => new()
    {
        BatchSize = _options.Batch,
        Shard = training ? _options.Shard : Shard.Whole,
        Training = training,
        Normalisation = _options.Normalisation,
        Augmentation = training ? _options.Augmentation : Augmentation.None,
        Seed = _options.Seed,
        Threads = _options.DataThreads ?? Math.Min(_options.Topology.Threads, Math.Min(Environment.ProcessorCount, BatchLoaderOptions.MostThreads)),
        FirstEpoch = epoch,
        FirstBatch = batch,
    };
}
