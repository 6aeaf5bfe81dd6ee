using System.Runtime.ExceptionServices;
using SparseKernels.Training.Randomness;

namespace SparseKernels.Training.Data;

/// <summary>
/// Makes batches on a background thread, one epoch after the other without end: order by (seed, epoch), augmentation by (seed, epoch,
/// image), so any loader that starts at a batch gives what every other gave there. A ring of buffers is reused and nothing is allocated per
/// batch.
/// </summary>
public sealed class BatchLoader : IDisposable
{
    private readonly IDataSet _data;
    private readonly BatchLoaderOptions _options;
    private readonly ImageBatch[] _ring;
    private readonly int[] _order;
    private readonly int[] _pass;
    private readonly float[] _image;
    private readonly Thread _thread;
    private readonly object _lock = new();
    private long _made;
    private long _taken;
    private bool _stopped;
    private Exception? _failure;

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
            (long)options.BatchSize * imageLength <= Array.MaxLength, nameof(options.BatchSize), options.BatchSize,
            $"at most {Array.MaxLength / imageLength} images of {imageLength} elements");
        Require(
            !options.Training || options.BatchSize <= data.Count, nameof(options.BatchSize), options.BatchSize,
            $"at most the {data.Count} images of {data.Name}");
        Require(options.Prefetch is >= 1 and <= 1024, nameof(options.Prefetch), options.Prefetch, "from 1 to 1,024");
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
        for (var i = 0; i < _ring.Length; i++) _ring[i] = new ImageBatch(options.BatchSize, imageLength);
        _order = new int[options.Training ? checked(BatchesPerEpoch * options.BatchSize) : data.Count];
        _pass = new int[data.Count];
        _image = new float[imageLength];
        _thread = new Thread(MakeBatches) { IsBackground = true, Name = $"Batches of {data.Name}" };
        _thread.Start();
    }

    /// <summary>Batches in an epoch.</summary>
    public int BatchesPerEpoch { get; }

    /// <summary>The next batch; the one before it becomes invalid. Waits if it isn't ready. For one caller at a time.</summary>
    /// <returns>The batch, valid until the next call.</returns>
    /// <exception cref="ObjectDisposedException">The loader is disposed.</exception>
    /// <exception cref="Exception">Whatever the data set threw in the background.</exception>
    public ImageBatch Next()
    {
        lock (_lock)
        {
            while (_made == _taken && !_stopped && _failure is null) Monitor.Wait(_lock);
            ObjectDisposedException.ThrowIf(_stopped, this);
            if (_made == _taken) ExceptionDispatchInfo.Throw(_failure!);
            var batch = _ring[_taken % _ring.Length];
            _taken++;
            Monitor.PulseAll(_lock);
            return batch;
        }
    }

    /// <summary>Stops the background thread and waits for its end. Calling it again does nothing.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            _stopped = true;
            Monitor.PulseAll(_lock);
        }

        _thread.Join();
    }

    private static void Require(bool holds, string option, int value, string expected)
    {
        if (!holds) throw new ArgumentOutOfRangeException("options", value, $"{option} must be {expected}, got {value}.");
    }

    private void MakeBatches()
    {
        try
        {
            var (epoch, index) = (_options.FirstEpoch, _options.FirstBatch);
            OrderImages(epoch);
            while (WaitForRoom())
            {
                Fill(_ring[_made % _ring.Length], epoch, index);
                lock (_lock)
                {
                    _made++;
                    Monitor.PulseAll(_lock);
                }

                if (++index < BatchesPerEpoch) continue;
                (epoch, index) = (checked(epoch + 1), 0);
                OrderImages(epoch);
            }
        }
        catch (Exception e)
        {
            lock (_lock)
            {
                _failure = e;
                Monitor.PulseAll(_lock);
            }
        }
    }

    /// <summary>Waits until a buffer is free that the caller isn't using; false when the loader is stopped.</summary>
    private bool WaitForRoom()
    {
        lock (_lock)
        {
            // The last batch taken is still in the caller's hands.
            while (!_stopped && _made - Math.Max(0, _taken - 1) >= _ring.Length) Monitor.Wait(_lock);
            return !_stopped;
        }
    }

    private void OrderImages(int epoch)
    {
        var random = new RandomSource(_options.Seed, RandomStreams.Shuffle, (ulong)epoch);
        for (var start = 0; start < _order.Length; start += _pass.Length)
        {
            for (var i = 0; i < _pass.Length; i++) _pass[i] = i;
            if (_options.Training) random.Shuffle(_pass);
            _pass.AsSpan(0, Math.Min(_pass.Length, _order.Length - start)).CopyTo(_order.AsSpan(start));
        }
    }

    private void Fill(ImageBatch batch, int epoch, int index)
    {
        var first = index * _options.BatchSize;
        (batch.Epoch, batch.Index) = (epoch, index);
        batch.Count = Math.Min(_options.BatchSize, _order.Length - first);
        for (var i = 0; i < batch.Count; i++)
        {
            var image = _order[first + i];
            var chw = batch.Images.AsSpan(i * _image.Length, _image.Length);
            if (_options.Augmentation == Augmentation.None)
            {
                _data.CopyImage(image, chw);
            }
            else
            {
                var random = new RandomSource(_options.Seed, RandomStreams.Augmentation, ((ulong)epoch << 32) | (uint)image);
                _data.CopyImage(image, _image);
                _options.Augmentation.Apply(_image, chw, _data.Height, _data.Width, ref random);
            }

            _options.Normalisation.Apply(chw);
            batch.Labels[i] = _data.Label(image);
        }
    }
}
