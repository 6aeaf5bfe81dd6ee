using System.Globalization;
using SparseKernels.Cli.Options;
using SparseKernels.Cli.Runs;
using SparseKernels.Cli.Terminal;
using SparseKernels.Isa;
using SparseKernels.Threading;
using SparseKernels.Training.Data;
using SparseKernels.Training.Models;
using SparseKernels.Training.Networks;
using SparseKernels.Training.Optimisation;
using SparseKernels.Training.Tensors;

namespace SparseKernels.Cli.Explain;

/// <summary>One run of <c>sparsekernels explain</c>. Writes no file.</summary>
internal sealed class ExplainRun
{
    private readonly ExplainRequest _request;
    private readonly TrainedWeights? _weights;
    private readonly RunSettings _settings;
    private readonly IDataSet _images;
    private readonly ComputeTopology _topology;
    private readonly KernelSchedule _schedule;

    private ExplainRun(ExplainRequest request)
    {
        _request = request;
        if (request.Checkpoint is { } path) _weights = TrainedWeights.Read(path, request.Data, request.Model, imageSize: null);
        _settings = RunSettings.From(new AskedSettings { Data = _weights?.Data.Name ?? request.Data, ImageSize = _weights?.Data.Pictures?.Size, Model = _weights?.Model ?? request.Model, Batch = request.Batch, Seed = _weights?.Seed });
        _images = _settings.Data.Load(DataSplit.Training, request.DataDirectory, _settings.Seed);
        if (request.Batch > _images.Count)
            throw new ArgumentException($"--batch must be at most the {_images.Count} training images, got {request.Batch}.");
        _topology = CommandOptions.TopologyOf(request.Threads);
        _schedule = request.Schedule ?? KernelSchedule.Current;
    }

    /// <summary>Trains a little and explains.</summary>
    /// <param name="request">The options.</param>
    /// <returns>The exit code, 0.</returns>
    /// <exception cref="Exception">What <see cref="Failure.IsInput"/> knows, if the input can't be used.</exception>
    public static int Run(ExplainRequest request)
    {
        var run = new ExplainRun(request);
        using var network = run.Build();
        run.Train(network);
        run.Show(network);
        return 0;
    }

    private Network Build()
    {
        if (_weights is not null) return _weights.Build(_images, _request.Batch, _topology, _schedule);
        var input = new FeatureShape(_images.Channels, _images.Height, _images.Width);
        return ModelCatalogue.Create(_settings.Model, input, _images.Classes, _request.Batch, _settings.Seed, _topology, _schedule);
    }

    private void Train(Network network)
    {
        var options = new BatchLoaderOptions
        {
            BatchSize = _request.Batch,
            Training = true,
            Normalisation = _settings.Data.NormalisationFor(() => _images),
            Augmentation = _settings.Data.Augmentation,
            Seed = _settings.Seed,
        };
        using var batches = new BatchLoader(_images, options);
        var sgd = new Sgd(network.Parameters, threads: _topology.Threads);
        for (var step = 0; step < _request.Steps; step++)
        {
            var batch = batches.Next();
            network.Step(
                batch.Images.AsSpan(0, batch.Count * network.Input.Length), batch.Labels.AsSpan(0, batch.Count), sgd,
                _weights is null ? _settings.Rate : 0);
        }
    }

    private void Show(Network network)
    {
        var origin = _weights is null ? "fresh weights" : $"weights of {_weights.Path}";
        Console.Out.WriteLine($"{_settings.Model}, {origin}, after {Number(_request.Steps)} training steps on {_settings.Data.Name}");
        Console.Out.WriteLine($"batch {Number(_request.Batch)}, {Number(_topology.Threads)} threads, {InstructionSet.NameOf(InstructionSet.Current)}, schedule {_schedule}");
        Console.Out.WriteLine($"Predictions: {Calibration.Current.Source}");
        Console.Out.WriteLine();
        Screen.Out().Write(ExplainTable.Create(network.Plans));
        Console.Out.WriteLine("x, w, dy: density in %, fine/coarse; in brackets the share of a result that is wanted. Times in ms of one call: seen last, and predicted for");
        Console.Out.WriteLine("each way to run, behind an arrow what is expected after the times seen. Names say whose zeros are skipped one by one, then whose in runs.");
    }

    private static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);
}
