using System.Diagnostics;
using System.Globalization;
using SparseKernels.Cli.Options;
using SparseKernels.Cli.Reports;
using SparseKernels.Cli.Runs;
using SparseKernels.Cli.Terminal;
using SparseKernels.Isa;
using SparseKernels.Threading;
using SparseKernels.Training.Data;
using SparseKernels.Training.Networks;

namespace SparseKernels.Cli.Evaluate;

/// <summary>One run of <c>sparsekernels evaluate</c>. Writes no file.</summary>
internal sealed class EvaluateRun
{
    /// <summary>Single images that are timed at most, and for how long at most.</summary>
    private const int MostSingle = 500;

    private static readonly TimeSpan s_singleBudget = TimeSpan.FromSeconds(2);

    private readonly int _batch;
    private readonly TrainedWeights _weights;
    private readonly IDataSet _images;
    private readonly Normalisation _normalisation;
    private readonly ComputeTopology _topology;
    private readonly KernelSchedule _schedule;

    private EvaluateRun(EvaluateRequest request)
    {
        _weights = TrainedWeights.Read(request.Checkpoint, request.Data, request.Model, request.ImageSize);
        var data = _weights.Data.Reading(request.Strict, request.CacheMemory);
        _images = data.Load(DataSplit.Test, request.DataDirectory, _weights.Seed);
        _normalisation = data.NormalisationFor(() => data.Load(DataSplit.Training, request.DataDirectory, _weights.Seed));
        _topology = CommandOptions.TopologyOf(request.Threads);
        _schedule = request.Schedule ?? KernelSchedule.Current;
        _batch = request.Batch ?? Math.Min(RunSettings.DefaultBatch, _images.Count);
        if (_batch > _images.Count) throw new ArgumentException($"--batch must be at most the {_images.Count} test images, got {_batch}.");
    }

    /// <summary>Evaluates.</summary>
    /// <param name="request">The options.</param>
    /// <returns>The exit code, 0.</returns>
    /// <exception cref="Exception">What <see cref="Failure.IsInput"/> knows, if the input can't be used.</exception>
    public static int Run(EvaluateRequest request)
    {
        var run = new EvaluateRun(request);
        using var network = run._weights.Build(run._images, run._batch, run._topology, run._schedule);
        run.Measure(network);
        return 0;
    }

    private void Measure(Network network)
    {
        var epochs = _weights.Epochs is { } known ? string.Create(CultureInfo.InvariantCulture, $" after {known} epochs") : "";
        Line($"{_weights.Model} of {_weights.Path}{epochs}: {_images.Count} test images of {network.Input}, {_images.Classes} classes");
        Line($"batch {network.Batch}, {_topology.Threads} threads, {InstructionSet.NameOf(InstructionSet.Current)}, schedule {_schedule}");

        foreach (var line in BrokenPictures.Lines(_images)) Line($"{line}");
        var threads = Math.Min(_topology.Threads, Environment.ProcessorCount);
        using var batches = new BatchLoader(
            _images, new BatchLoaderOptions { BatchSize = network.Batch, Training = false, Normalisation = _normalisation, Threads = threads });
        var (correct, loss) = (0, 0.0);
        var times = new List<double>();
        ImageBatch? last = null;
        for (var i = 0; i < batches.BatchesPerEpoch; i++)
        {
            last = batches.Next();
            var (images, labels) = (last.Images.AsMemory(0, last.Count * network.Input.Length), last.Labels.AsMemory(0, last.Count));
            var start = Stopwatch.GetTimestamp();
            var result = network.Evaluate(images.Span, labels.Span);
            if (last.Count == network.Batch) times.Add(Stopwatch.GetElapsedTime(start).TotalSeconds);
            (correct, loss) = (correct + result.Correct, loss + (result.Loss * result.Count));
        }

        Line($"Test accuracy {100.0 * correct / _images.Count:F1} %, loss {loss / _images.Count:F4}: {correct} of {_images.Count} images right");
        var batch = Median.Of(times);
        Line($"{network.Batch} at a time: {network.Batch / batch:F0} images/s, {1e3 * batch:F2} ms for all of them (median of {times.Count})");
        var single = TimeSingle(network, last!.Images.AsSpan(0, last.Count * network.Input.Length));
        Line($"1 at a time: {1 / single.Seconds:F0} images/s, {1e3 * single.Seconds:F2} ms (median of {single.Count})");
    }

    private static (double Seconds, int Count) TimeSingle(Network network, ReadOnlySpan<float> images)
    {
        var (length, logits) = (network.Input.Length, new float[network.Classes]);

        // The first call builds the tensors for one image.
        network.Predict(images[..length], logits);
        var (times, begin) = (new List<double>(), Stopwatch.GetTimestamp());
        while (times.Count < MostSingle && (times.Count == 0 || Stopwatch.GetElapsedTime(begin) < s_singleBudget))
        {
            var image = images.Slice(times.Count % (images.Length / length) * length, length);
            var start = Stopwatch.GetTimestamp();
            network.Predict(image, logits);
            times.Add(Stopwatch.GetElapsedTime(start).TotalSeconds);
        }

        return (Median.Of(times), times.Count);
    }

    private static void Line(FormattableString text) => Console.Out.WriteLine(text.ToString(CultureInfo.InvariantCulture));
}
