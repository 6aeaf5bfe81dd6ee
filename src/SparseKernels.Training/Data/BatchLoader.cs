using System.Runtime.ExceptionServices;
using SparseKernels.Training.Randomness;

namespace SparseKernels.Training.Data;

/// <summary>
/// Makes batches on background threads, one epoch after the other without end: order by (seed, epoch), augmentation by (seed, epoch,
/// image), so any loader that starts at a batch gives what every other gave there, whatever the number of its threads, and shares of
/// a batch on several machines (<see cref="BatchLoaderOptions.Shard"/>) are together what one alone would make. These take image by
/// image, so that several work on the batch that is wanted next. A ring of buffers is reused and nothing is allocated per batch.
/// </summary>
public sealed class BatchLoader : IDisposable
{
    private readonly IDataSet _data;
    private readonly BatchLoaderOptions _options;
    private readonly ImageBatch[] _ring;
    private readonly int[] _order;
    private readonly int[] _pass;
    private readonly Thread[] _threads;
    private readonly object _lock = new();
    private int _epoch;
    private int _index;
    private long _begun;
    private long _taken;
    private long _waits;
    private int _unclaimed;
    private int _busy;
    private bool _stopped;
    private Exception? _failure;
    private long _failed = long.MaxValue;

    /// <summary>Starts making batches.</summary>
    /// <param name="data">The images.</param>
    /// <param name="options">Batch size, order, normalisation, where to begin.</param>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of range for the data.</exception>
    /// <exception cref="ArgumentException">The normalisation has other channels than the data.</exception>
    public BatchLoader(IDataSet data, BatchLoaderOptions options)
    {
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(options.Normalisation, nameof(options));
        ArgumentNullException.ThrowIfNull(options.Augmentation, nameof(options));
        var imageLength = data.Channels * data.Height * data.Width;
        Require(options.BatchSize >= 1, nameof(options.BatchSize), options.BatchSize, "1 or more");
        Require(
            options.Shard.Count >= 1 && options.Shard.Count <= options.BatchSize && (options.Training || options.Shard.Count == 1), nameof(options.Shard),
            options.Shard.Count, $"of 1 to {options.BatchSize} shares, one where nothing is trained");
        Require(
            options.Shard.Index >= 0 && options.Shard.Index < options.Shard.Count, nameof(options.Shard), options.Shard.Index,
            $"from 0 to {options.Shard.Count - 1}");
        Require(
            (long)options.BatchSize * imageLength <= Array.MaxLength, nameof(options.BatchSize), options.BatchSize,
            $"at most {Array.MaxLength / imageLength} images of {imageLength} elements");
        Require(
            !options.Training || options.BatchSize <= data.Count, nameof(options.BatchSize), options.BatchSize,
            $"at most the {data.Count} images of {data.Name}");
        Require(options.Prefetch is >= 1 and <= 1024, nameof(options.Prefetch), options.Prefetch, "from 1 to 1,024");
        Require(options.Threads is >= 1 and <= BatchLoaderOptions.MostThreads, nameof(options.Threads), options.Threads, $"from 1 to {BatchLoaderOptions.MostThreads}");
        Require(options.FirstEpoch >= 0, nameof(options.FirstEpoch), options.FirstEpoch, "0 or more");
        Require(options.BatchesPerEpoch is null or >= 1, nameof(options.BatchesPerEpoch), options.BatchesPerEpoch ?? 0, "1 or more");
        Require(
            options.BatchesPerEpoch is null || options.Training, nameof(options.BatchesPerEpoch), options.BatchesPerEpoch ?? 0,
            "null where nothing is trained");
        BatchesPerEpoch = options.Training
            ? options.BatchesPerEpoch ?? data.Count / options.BatchSize
            : (data.Count + options.BatchSize - 1) / options.BatchSize;
        Require(
            options.FirstBatch >= 0 && options.FirstBatch < BatchesPerEpoch, nameof(options.FirstBatch), options.FirstBatch,
            $"from 0 to {BatchesPerEpoch - 1}");
        if (options.Normalisation.Mean.Length != data.Channels)
            throw new ArgumentException($"{nameof(options.Normalisation)} must have {data.Channels} channels as {data.Name} has, got {options.Normalisation.Mean.Length}.", nameof(options));

        (_data, _options) = (data, options);
        _ring = new ImageBatch[options.Prefetch + 1];
        for (var i = 0; i < _ring.Length; i++) _ring[i] = new ImageBatch(options.Shard.LengthOf(options.BatchSize), imageLength, options.Shard.Count > 1 ? options.BatchSize : 0);
        _order = new int[options.Training ? checked(BatchesPerEpoch * options.BatchSize) : data.Count];
        _pass = new int[data.Count];
        (_epoch, _index) = (options.FirstEpoch, options.FirstBatch);
        OrderImages();
        _threads = new Thread[Math.Min(options.Threads, (options.Prefetch + 1) * options.Shard.LengthOf(options.BatchSize))];
        for (var i = 0; i < _threads.Length; i++)
        {
            _threads[i] = new Thread(MakeImages) { IsBackground = true, Name = $"Batches of {data.Name}" };
            _threads[i].Start();
        }
    }

    /// <summary>Batches in an epoch.</summary>
    public int BatchesPerEpoch { get; }

    /// <summary>How many calls of <see cref="Next"/> found their batch not ready and had to wait.</summary>
    public long Waits
    {
        get
        {
            lock (_lock) return _waits;
        }
    }

    /// <summary>The next batch; the one before it becomes invalid. Waits if it isn't ready. For one caller at a time.</summary>
    /// <returns>The batch, valid until the next call.</returns>
    /// <exception cref="ObjectDisposedException">The loader is disposed.</exception>
    /// <exception cref="Exception">Whatever the data set threw in the background, for the first image in order that it threw for.</exception>
    public ImageBatch Next()
    {
        lock (_lock)
        {
            if (HasToWait) _waits++;
            while (HasToWait) Monitor.Wait(_lock);
            ObjectDisposedException.ThrowIf(_stopped, this);
            if (!IsNextMade) ExceptionDispatchInfo.Throw(_failure!);
            var batch = _ring[_taken % _ring.Length];
            _taken++;
            Monitor.PulseAll(_lock);
            return batch;
        }
    }

    /// <summary>Stops the background threads and waits for their end. Calling it again does nothing.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            _stopped = true;
            Monitor.PulseAll(_lock);
        }

        foreach (var thread in _threads) thread.Join();
    }

    private bool HasToWait => !IsNextMade && !_stopped && !(_failure is not null && _busy == 0);

    private bool IsNextMade => _taken < _begun && _ring[_taken % _ring.Length].Missing == 0;

    private static void Require(bool holds, string option, int value, string expected)
    {
        if (!holds) throw new ArgumentOutOfRangeException("options", value, $"{option} must be {expected}, got {value}.");
    }

    private void MakeImages()
    {
        var buffer = _options.Augmentation == Augmentation.None ? [] : new float[_data.Channels * _data.Height * _data.Width];
        while (Claim(out var position) is { } batch)
        {
            Exception? failure = null;
            try
            {
                Fill(batch, position, buffer);
            }
            catch (Exception e)
            {
                failure = e;
            }

            Finish(batch, position, failure);
        }
    }

    /// <summary>The next image to make: of the batch begun last, else of a new one once a buffer is free that the caller isn't using.</summary>
    /// <returns>Its batch; null when the loader is stopped, or after a failure.</returns>
    private ImageBatch? Claim(out int position)
    {
        lock (_lock)
        {
            // The last batch taken is still in the caller's hands.
            while (!_stopped && _failure is null && _unclaimed == 0 && _begun - Math.Max(0, _taken - 1) >= _ring.Length) Monitor.Wait(_lock);
            position = 0;
            if (_stopped || _failure is not null) return null;
            if (_unclaimed == 0) BeginBatch();
            var batch = _ring[(_begun - 1) % _ring.Length];
            position = batch.Count - _unclaimed--;
            _busy++;
            return batch;
        }
    }

    private void BeginBatch()
    {
        if (_index == BatchesPerEpoch)
        {
            (_epoch, _index) = (checked(_epoch + 1), 0);
            OrderImages();
        }

        var batch = _ring[_begun % _ring.Length];
        var first = _index * _options.BatchSize;
        (batch.Epoch, batch.Index) = (_epoch, _index);
        var whole = Math.Min(_options.BatchSize, _order.Length - first);
        batch.Count = batch.Missing = _unclaimed = _options.Shard.LengthOf(whole);
        _order.AsSpan(first + _options.Shard.FirstOf(whole), batch.Count).CopyTo(batch.Sources);
        for (var i = 0; i < batch.LabelsOfAll.Length; i++) batch.LabelsOfAll[i] = _data.Label(_order[first + i]);
        (_begun, _index) = (_begun + 1, _index + 1);
    }

    private void Finish(ImageBatch batch, int position, Exception? failure)
    {
        lock (_lock)
        {
            _busy--;
            if (failure is null)
            {
                batch.Missing--;
            }
            else if (PlaceOf(batch, position) is var place && place < _failed)
            {
                // No image is claimed after a failure, and all before it in order were claimed: the first in order is the same in every run.
                (_failure, _failed) = (failure, place);
            }

            if (batch.Missing == 0 || _failure is not null) Monitor.PulseAll(_lock);
        }
    }

    private long PlaceOf(ImageBatch batch, int position) =>
        (((((long)batch.Epoch - _options.FirstEpoch) * BatchesPerEpoch) + batch.Index) * _options.BatchSize) + position;

    private void OrderImages()
    {
        var random = new RandomSource(_options.Seed, RandomStreams.Shuffle, (ulong)_epoch);
        for (var start = 0; start < _order.Length; start += _pass.Length)
        {
            for (var i = 0; i < _pass.Length; i++) _pass[i] = i;
            if (_options.Training) random.Shuffle(_pass);
            _pass.AsSpan(0, Math.Min(_pass.Length, _order.Length - start)).CopyTo(_order.AsSpan(start));
        }
    }

    private void Fill(ImageBatch batch, int position, float[] buffer)
    {
        var image = batch.Sources[position];
        var length = _data.Channels * _data.Height * _data.Width;
        var chw = batch.Images.AsSpan(position * length, length);
        var augments = _options.Augmentation != Augmentation.None;
        var random = new RandomSource(_options.Seed, RandomStreams.Augmentation, ((ulong)batch.Epoch << 32) | (uint)image);
        var copy = augments ? buffer : chw;
        if (_options.Training) _data.CopyTrainingImage(image, copy, ref random);
        else _data.CopyImage(image, copy);
        if (augments) _options.Augmentation.Apply(buffer, chw, _data.Height, _data.Width, ref random);
        _options.Normalisation.Apply(chw);
        batch.Labels[position] = _data.Label(image);
    }
}
