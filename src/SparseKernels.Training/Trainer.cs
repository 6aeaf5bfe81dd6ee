using System.Diagnostics;
using SparseKernels.Files;
using SparseKernels.Isa;
using SparseKernels.Pruning;
using SparseKernels.Training.Capture;
using SparseKernels.Training.Checkpoints;
using SparseKernels.Training.Data;
using SparseKernels.Training.Distribution;
using SparseKernels.Training.Models;
using SparseKernels.Training.Networks;
using SparseKernels.Training.Optimisation;
using SparseKernels.Training.Pruning;
using SparseKernels.Training.Tensors;

namespace SparseKernels.Training;

/// <summary>
/// Trains a network for some epochs, evaluates it after each and keeps a checkpoint. A run that was stopped, cleanly or not, goes on from
/// its checkpoint to the same bits as one that never stopped: batches, masks and rates follow from seed, epoch and step alone.
/// </summary>
public sealed partial class Trainer : IDisposable
{
    private readonly TrainerOptions _options;
    private readonly string _fingerprint;
    private readonly TrainingRanks _ranks;
    private readonly TrainingImages _images;
    private readonly PruningSession? _pruning;
    private readonly IOptimiser _optimiser;
    private readonly WeightAverage? _average;
    private readonly ILearningRateSchedule _schedule;
    private readonly int _batchesPerEpoch;
    private readonly long _totalSteps;
    private readonly PatternCapture? _capture;
    private readonly List<SkippedOperands> _skipped = [];
    private readonly Calibration? _calibration;
    private readonly OutputLock? _output;
    private int _epoch;
    private int _batch;
    private TimeSpan _evaluationTime;
    private TimeSpan _validationTime;
    private TimeSpan _waitingTime;
    private long _lastCheckpoint;

    /// <summary>
    /// Builds the network and the optimiser, and reads the checkpoint if the run is to go on. Keeps the checkpoint's path for itself until
    /// it is disposed.
    /// </summary>
    /// <param name="options">What to train, on what and how.</param>
    /// <exception cref="ArgumentNullException"><paramref name="options"/> or one of its data sets is null.</exception>
    /// <exception cref="ArgumentException">
    /// The data sets don't match, the model is unknown or the images too small for it, <see cref="TrainerOptions.NetworkFactory"/> makes another
    /// network than is wanted, no layer is left to prune, or the checkpoint's settings are others.
    /// </exception>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of its range.</exception>
    /// <exception cref="DirectoryNotFoundException">The checkpoint's folder does not exist.</exception>
    /// <exception cref="FileNotFoundException">There is no checkpoint to go on from.</exception>
    /// <exception cref="IOException">Another run writes the same checkpoint, or its folder can't be written.</exception>
    /// <exception cref="InvalidDataException">The checkpoint or the weights file is damaged or of another network.</exception>
    /// <exception cref="Communication.RankFailedException">Another rank can't train, or was given other options; all of them throw.</exception>
    public Trainer(TrainerOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        _ranks = new TrainingRanks(options);
        try
        {
            options.Check();
            _options = options;
            _images = new TrainingImages(options);
            var data = options.TrainingData;
            _batchesPerEpoch = _images.BatchesPerEpoch;
            _totalSteps = (long)_batchesPerEpoch * options.Epochs;
            _schedule = MakeSchedule();
            if (options.PatternFolder is not null && _ranks.IsFirst) _capture = new PatternCapture(options.PatternFolder);
            _fingerprint = options.CheckpointPath is null ? "" : DataFingerprint.Of(data);
            if (options.CheckpointPath is not null && _ranks.IsFirst) _output = OutputLock.Take(options.CheckpointPath, "run");
            var checkpoint = options.Resume ? Checkpoint.Load(options.ResumePath ?? options.CheckpointPath!) : null;
            if (checkpoint is not null) Compare(checkpoint);
            ResumedInstructionSet = checkpoint?.InstructionSet;
            if (options.Schedule.Mode == KernelScheduleMode.Reproducible) _calibration = CalibrationOf(checkpoint);
            _ranks.AgreeOn(_fingerprint);
            _calibration = _ranks.Share(_calibration);
            Network = MakeNetwork();
            Network.LayoutChanging = () => _skipped.AddRange(SkippedOperands.Of(Network.Plans));
            options.ApplyTo(Network);
            var settings = options.OptimiserSettings;
            if (options.Pruning is { } pruning)
            {
                var evaluations = Math.Min(pruning.EvaluationsPerEpoch, _batchesPerEpoch);
                _pruning = new PruningSession(
                    pruning, Network, settings, new PruningRun(_totalSteps, _batchesPerEpoch, evaluations, options.Seed), _images.MostHeldOut > 0);
            }

            var updates = _pruning?.Optimiser as IOptimiser ?? settings.Create(Network.Parameters);
            if (checkpoint is null && options.Weights is { } weights) LoadedWeights = Network.Load(weights, options.WeightsLoading);
            _average = options.AverageDecay is { } decay ? new WeightAverage(Network.Parameters, decay, options.Topology.Threads) : null;
            _optimiser = _ranks.Around(
                options.Clips
                    ? new GradientClipping(updates, Network.Parameters, options.ClipNorm, options.ClipValue, options.Topology.Threads)
                    : updates,
                Network);
            if ((updates as AdamW ?? (updates as PrunedAdamW)?.Updates) is { } adamW) adamW.StepsTaken = checkpoint?.Progress.Step ?? 0;
            if (_average is not null) _average.Updates = checkpoint?.Progress.Step ?? 0;
            if (checkpoint is not null) Restore(checkpoint);
            if (options.ResumePath is not null) Save();
            else if (_ranks.IsFirst) checkpoint?.RepairWeights(options.CheckpointPath!, options.DenseCheckpoint);
            _ranks.Agree();
            _ranks.Compare(Network, PruningUnit);
        }
        catch (Exception e)
        {
            Network?.Dispose();
            _output?.Dispose();
            _ranks.Fail(e);
            throw;
        }
    }

    /// <summary>The network in training.</summary>
    public Network Network { get; }

    /// <summary>What was found in the file of <see cref="TrainerOptions.Weights"/>; null where none was read.</summary>
    public WeightsReport? LoadedWeights { get; }

    /// <summary>Steps of the whole run.</summary>
    public long TotalSteps => _totalSteps;

    /// <summary>Batches of an epoch; images that don't fill a last one are left out, others in each epoch.</summary>
    public int BatchesPerEpoch => _batchesPerEpoch;

    /// <summary>What prunes the network, with all it can report; null for a run that doesn't prune.</summary>
    public PruningUnit? PruningUnit => _pruning?.Unit;

    /// <summary>Images that are held out now to judge pruning by: 0 where the strategy needs no accuracy, or no more, or where those trained on judge.</summary>
    public int ValidationImages => _pruning is { HoldsOut: true } ? _images.MostHeldOut : 0;

    /// <summary>
    /// The instruction set on which the run was before it went on here; null for a new run, or if the checkpoint doesn't say. If it isn't
    /// <see cref="InstructionSet.Current"/>, the run's end differs in its last bits from that of a run that never changed over.
    /// </summary>
    public InstructionSetKind? ResumedInstructionSet { get; }

    /// <summary>What this rank exchanged with the others; null in a process alone.</summary>
    public ExchangeReport? Exchange => _ranks.Report;

    /// <summary>Whether gradients travel between ranks while backward passes run.</summary>
    public bool Overlaps => _ranks.Overlaps;

    /// <summary>How far the run is.</summary>
    public TrainingProgress Progress => new(_epoch, _batch, Network.StepsTaken, _options.Seed);

    /// <summary>
    /// Trains to the end, or until cancelled: then the step or evaluation in progress is finished and a checkpoint written.
    /// </summary>
    /// <param name="onStep">Called after every step.</param>
    /// <param name="onEpoch">Called after every epoch's evaluation.</param>
    /// <param name="cancellation">Ends the run early.</param>
    /// <returns>True if the run is complete, false if it was cancelled.</returns>
    /// <exception cref="TrainingDivergedException">The loss became infinite or not a number.</exception>
    /// <exception cref="IOException">A checkpoint can't be written.</exception>
    public bool Run(Action<StepReport>? onStep = null, Action<EpochReport>? onEpoch = null, CancellationToken cancellation = default)
    {
        try
        {
            return TrainToTheEnd(onStep, onEpoch, cancellation);
        }
        catch (Exception e) when (_ranks.FailsAlone(e))
        {
            _ranks.End(e);
            throw;
        }
    }

    private bool TrainToTheEnd(Action<StepReport>? onStep, Action<EpochReport>? onEpoch, CancellationToken cancellation)
    {
        if (_epoch >= _options.Epochs) return true;
        using var images = _images;
        using var test = images.Test();
        _lastCheckpoint = Stopwatch.GetTimestamp();
        Network.ResetTimings();

        // A rank may die at any time, and the run must go on from somewhere.
        if (_ranks.AreMany && Progress.Step == 0) Save();
        while (_epoch < _options.Epochs)
        {
            ResetTotals();
            _skipped.Clear();
            var totals = new EpochTotals();
            var times = new StepTimes(_batchesPerEpoch - _batch);
            (_validationTime, _waitingTime) = (TimeSpan.Zero, TimeSpan.Zero);
            var waits = images.Waits;
            if (_batch == 0) _pruning?.BeginEpoch();
            images.Begin(_epoch, _batch, holdsOut: _pruning is { HoldsOut: true });
            for (; _batch < _batchesPerEpoch; _batch++)
            {
                if (_ranks.Stops(cancellation))
                {
                    Save();
                    return false;
                }

                if (_ranks.Saves(Stopwatch.GetElapsedTime(_lastCheckpoint) > _options.CheckpointInterval)) Save();
                Step(NextBatch(), ref totals, times, onStep);
                if (_pruning is not null && _pruning.IsDue(_batch + 1)) Judge(images, ref totals);
            }

            var trainingTime = totals.Elapsed;
            var speed = totals.ImagesPerSecond;
            _skipped.AddRange(SkippedOperands.Of(Network.Plans));
            if (_pruning is { HoldsOut: false }) _pruning.OrderChannels();
            if (_epoch + 1 == _options.Epochs) _pruning?.Finish();
            var start = Stopwatch.GetTimestamp();
            var evaluation = EvaluateAverage(test);
            _ranks.Compare(Network, PruningUnit);
            _evaluationTime = Stopwatch.GetElapsedTime(start);
            var rate = _schedule.At(Network.StepsTaken - 1);
            (_epoch, _batch) = (_epoch + 1, 0);
            onEpoch?.Invoke(new EpochReport(
                _epoch, totals.Loss, totals.Accuracy, evaluation.Loss, evaluation.Accuracy, rate, speed, trainingTime, _evaluationTime)
            {
                Skipped = SkippedOperands.Sum(_skipped),
                Layout = Network.Layout,
                StepTime = times.Median,
                ValidationTime = _validationTime,
                WaitingTime = _waitingTime,
                WaitingSteps = images.Waits - waits,
                Pruning = _pruning?.Status,
            });

            // After the report: who keeps a record of the epochs has this one whenever the checkpoint has it.
            Save();
        }

        return true;
    }

    /// <summary>Frees the network, and the checkpoint's path for other runs.</summary>
    public void Dispose()
    {
        _ranks.Dispose();
        Network.Dispose();
        _output?.Dispose();
    }

    private Network MakeNetwork()
    {
        var data = _options.TrainingData;
        var wanted = new NetworkRequest(
            _options.Model, new FeatureShape(data.Channels, data.Height, data.Width), data.Classes, _options.Shard.LengthOf(_options.Batch), _options.Seed, _options.Topology,
            _options.Schedule, _calibration);
        return _options.NetworkFactory is { } make
            ? wanted.Check(make(wanted), nameof(TrainerOptions.NetworkFactory))
            : ModelCatalogue.Create(
                wanted.Name, wanted.Input, wanted.Classes, wanted.Batch, wanted.Seed, wanted.Topology, wanted.Schedule, wanted.Calibration);
    }

    private ILearningRateSchedule MakeSchedule()
    {
        var warmUp = (long)(_totalSteps * (double)_options.WarmUp);
        return _options.LearningRateSchedule == ScheduleKind.Cosine
            ? new CosineSchedule(_options.LearningRate, _totalSteps, warmUp)
            : new StepSchedule(_options.LearningRate, [.. new[] { _totalSteps / 2, _totalSteps * 3 / 4 }.Distinct()], warmUpSteps: warmUp);
    }

    private ImageBatch NextBatch()
    {
        var start = Stopwatch.GetTimestamp();
        var batch = _images.Next();
        _waitingTime += Stopwatch.GetElapsedTime(start);
        return batch;
    }

    private void Step(ImageBatch batch, ref EpochTotals totals, StepTimes times, Action<StepReport>? onStep)
    {
        var start = Stopwatch.GetTimestamp();
        var rate = _schedule.At(Network.StepsTaken);
        var images = batch.Images.AsSpan(0, batch.Count * Network.Input.Length);
        var captures = _capture is not null && _batch == _batchesPerEpoch - 1;
        if (captures) Observe(_capture);
        _ranks.Weigh(batch);
        var result = _ranks.Whole(Network.Step(images, batch.Labels.AsSpan(0, batch.Count), _optimiser, rate));
        _average?.Update();
        if (captures) Observe(null);
        if (!double.IsFinite(result.Loss))
            throw new TrainingDivergedException(
                $"the loss became {result.Loss} at step {Network.StepsTaken} with a learning rate of {rate}; a lower one may help.");
        totals.Add(result);
        _pruning?.Learned(result);
        var time = times.Add(start);
        if (onStep is null) return;
        var speed = totals.ImagesPerSecond;
        var evaluations = _options.Epochs - _epoch;
        var remaining = TimeSpan.FromSeconds((_totalSteps - Network.StepsTaken) * _options.Batch / speed) + (evaluations * _evaluationTime);
        onStep(new StepReport(_epoch + 1, _batch + 1, Network.StepsTaken, result, totals.Loss, rate, speed, remaining) { Time = time, Pruning = _pruning?.Status });
    }

    private void Observe(PatternCapture? capture)
    {
        capture?.Begin(_epoch + 1, Network.StepsTaken);
        Network.Observer = capture;
    }
}
