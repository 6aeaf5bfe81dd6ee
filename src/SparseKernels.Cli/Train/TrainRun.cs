using System.Diagnostics;
using System.Globalization;
using SparseKernels.Cli.Reports;
using SparseKernels.Cli.Runs;
using SparseKernels.Cli.Terminal;
using SparseKernels.Isa;
using SparseKernels.Training;
using SparseKernels.Training.Checkpoints;
using SparseKernels.Training.Data;
using SparseKernels.Training.Distribution;
using SparseKernels.Training.Pruning;

namespace SparseKernels.Cli.Train;

/// <summary>
/// One run of <c>sparsekernels train</c>, from its options to its exit code. Everything is read and checked before anything is written.
/// </summary>
internal sealed class TrainRun
{
    private readonly RunSettings _settings;
    private readonly string _path;
    private readonly string _from;
    private readonly TrainerOptions _options;
    private readonly EpochCsv? _csv;
    private readonly RunRanks _ranks;
    private readonly TrainingDisplay _display;
    private readonly RunHistory _history = new();

    private TrainRun(TrainRequest request, RunRanks ranks, (string From, string Path) files)
    {
        (_ranks, _display, _from, _path) = (ranks, new TrainingDisplay(isQuiet: !ranks.IsFirst), files.From, files.Path);
        TrainingProgress? progress = null;
        var synchronises = request.SynchronisesStatistics;
        if (request.Resume)
        {
            var checkpoint = Checkpoint.Load(_from);
            _settings = RunSettings.From(checkpoint, request.Settings);
            progress = checkpoint.Progress;
            synchronises |= checkpoint.Settings.GetValueOrDefault(TrainerOptions.SynchronisedKey) == TrainerOptions.Yes;
        }
        else
        {
            _settings = RunSettings.From(request.Settings);
        }

        if (request.Csv is not null && ranks.IsFirst) RunFiles.RequireApart(_path, request.Csv, "--csv");

        if (request.Csv is not null && ranks.IsFirst) _csv = EpochCsv.Prepare(request.Csv, progress?.Epoch);
        if (request.Capture is not null && ranks.IsFirst) CheckCapture(request.Capture, request.Resume);
        var data = _settings.Data.Reading(request.Strict, request.CacheMemory);
        var training = data.Load(DataSplit.Training, request.DataDirectory, _settings.Seed);
        _options = _settings.Learning.ApplyTo(new TrainerOptions
        {
            TrainingData = training,
            TestData = data.Load(DataSplit.Test, request.DataDirectory, _settings.Seed),
            Normalisation = _settings.Data.NormalisationFor(() => training),
            Augmentation = _settings.Data.Augmentation,
            Model = _settings.Model,
            Epochs = _settings.Epochs,
            Batch = _settings.Batch,
            LearningRate = _settings.Rate,
            Seed = _settings.Seed,
            Topology = ranks.TopologyOf(request.Threads),
            Communicator = ranks.Communicator,
            Distribution = new DistributionOptions { SynchronisesStatistics = synchronises },
            Schedule = _settings.Schedule,
            CheckpointPath = _path,
            Resume = request.Resume,
            ResumePath = _from == _path ? null : _from,
            PatternFolder = request.Capture,
            DenseCheckpoint = request.DenseCheckpoint,
            Pruning = _settings.Pruning?.ToOptions(),
            Weights = request.Weights?.Path,
            WeightsLoading = new WeightsLoading(request.Weights?.Strict ?? true, request.Weights?.NewHead ?? false),
        });
    }

    /// <summary>Trains.</summary>
    /// <param name="request">The options.</param>
    /// <returns>The exit code: 0, or <see cref="Failure.Interrupted"/>.</returns>
    /// <exception cref="Exception">What <see cref="Failure.IsInput"/> knows, if the input can't be used.</exception>
    public static int Run(TrainRequest request)
    {
        using var ranks = RunRanks.Join(request.Distributed, request.BindsRanks);
        try
        {
            return Run(request, ranks);
        }
        catch (Exception e) when (ranks.AreMany && Failure.IsInput(e))
        {
            return ranks.Report(Failure.Message(e), Failure.BadInput);
        }
    }

    private static int Run(TrainRequest request, RunRanks ranks)
    {
        // What is free, or the latest, the first rank sees first.
        var files = ranks.OfFirst(() => FilesOf(request)).Split('\0');
        var run = ranks.Together(() =>
        {
            var run = new TrainRun(request, ranks, (files[0], files[1]));
            Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(run._path))!);

            // A run that goes on predicts by what its checkpoint keeps.
            if (!request.Resume && ranks.IsFirst) MachineCalibration.Ensure(run._settings.Schedule, run._display.Line);
            return run;
        });
        using var trainer = new Trainer(run._options);
        using var csv = ranks.Together(() =>
        {
            if (!request.Resume && ranks.IsFirst) RunFiles.RequireFree(run._path);
            run._csv?.Begin();
            return run._csv;
        });
        return run.Train(trainer);
    }

    /// <summary>The checkpoint to go on from and the one to write.</summary>
    private static string FilesOf(TrainRequest request)
    {
        if (request.Resume)
        {
            var (from, to) = RunFiles.ForResumedRun(request.ResumeFrom, request.Out);
            return $"{from}\0{to}";
        }

        var settings = RunSettings.From(request.Settings);
        var path = RunFiles.ForNewRun(request.Out, $"{settings.Model}-{settings.Data.RunName}");
        return $"{path}\0{path}";
    }

    /// <summary>Patterns of two runs in one folder would pass for one run's.</summary>
    private static void CheckCapture(string folder, bool resumes)
    {
        if (File.Exists(folder)) throw new IOException($"--capture: '{folder}' is a file, expected a folder.");
        if (!resumes && Directory.Exists(folder) && Directory.EnumerateFileSystemEntries(folder).Any())
            throw new IOException($"--capture: the folder '{folder}' isn't empty: choose another name, or continue the run with --resume.");
    }

    private static string NameOf(PruningStrategyKind kind) =>
        kind == PruningStrategyKind.OneShot ? "one-shot" : kind.ToString().ToLowerInvariant();

    private int Train(Trainer trainer)
    {
        Introduce(trainer);
        var start = Stopwatch.GetTimestamp();
        EpochReport? last = null;
        var complete = false;
        using (var interruption = new Interruption(_ranks is { AreMany: true, IsFirst: true } ? SayStopping : null))
        {
            _display.Run(trainer.TotalSteps, () => complete = trainer.Run(OnStep, OnEpoch, interruption.Token));
        }

        if (!complete)
        {
            _display.Line($"Stopped at epoch {trainer.Progress.Epoch + 1}, step {trainer.Progress.Step} of {trainer.TotalSteps}. Go on with: train --resume {_path}");
            return Failure.Interrupted;
        }

        if (!_ranks.IsFirst) return 0;
        if (last is null) _display.Line($"The run was complete already.{RestoreReport(trainer)}");
        else Conclude(trainer, last, Stopwatch.GetElapsedTime(start));
        _display.Line($"Weights: {_path}, {new FileInfo(_path).Length} bytes");
        return 0;

        void OnStep(StepReport step)
        {
            _history.Add(step);
            _display.Step(step, _history.SpeedOverDense);
        }

        void OnEpoch(EpochReport epoch)
        {
            last = epoch;
            _history.Add(epoch);
            _display.Epoch(epoch, _settings.Epochs);
            _csv?.Append(epoch, trainer.Progress.Step);
        }
    }

    /// <summary>Writes the report that a kill at the run's very end has cost.</summary>
    private string RestoreReport(Trainer trainer) => RunReport.IsLost(_path)
        ? $" Its report was lost and is written anew: {RunReport.Write(_path, _settings, trainer, _history, TimeSpan.Zero)}"
        : "";

    private void SayStopping() => Failure.Report(
        $"told to stop: the step in progress ends with a checkpoint, unless a rank has died. In any case the run goes on with: train --resume {_path}", 0);

    /// <summary>What the ranks sent each other; nothing in a process alone.</summary>
    private void ReportExchange(Trainer trainer)
    {
        if (trainer.Exchange is not { Steps: > 0 } exchange) return;
        var dense = trainer.Network.Parameters.Where(parameter => !parameter.IsFrozen).Sum(parameter => (long)parameter.Length) * sizeof(float);
        _display.Line(string.Create(
            CultureInfo.InvariantCulture,
            $"Exchanged {exchange.BytesPerStep:F0} bytes a step, {100 * exchange.BytesPerStep / dense:F1} % of all weights' gradients, in {1e3 * exchange.Summing.TotalSeconds / exchange.Steps:F2} ms, of which backward passes hid {100 * exchange.Hidden:F0} %{(trainer.Overlaps ? "" : "; at the end nothing was sent meanwhile, which was faster")}."));
    }

    private void Introduce(Trainer trainer)
    {
        foreach (var line in _ranks.Lines) _display.Line(line);
        var (data, test) = (_options.TrainingData, _options.TestData);
        var network = trainer.Network;
        _display.Line(string.Create(
            CultureInfo.InvariantCulture,
            $"{_settings.Model} on {_settings.Data.Name}: {data.Count} training and {test.Count} test images of {network.Input}, {data.Classes} classes"));
        foreach (var line in BrokenPictures.Lines(data).Concat(BrokenPictures.Lines(test))) _display.Line(line);
        if (trainer.PruningUnit is { } unit)
        {
            var heldOut = trainer.ValidationImages > 0
                ? $"{trainer.ValidationImages} of the training images are held out until pruning is over; "
                : unit.NeedsAccuracy ? "the images trained on judge; " : "";
            _display.Line(string.Create(
                CultureInfo.InvariantCulture,
                $"{heldOut}pruning: {NameOf(_settings.Pruning!.Strategy)}, {unit.Layers.Count} layers of {unit.Layers.Sum(layer => (long)layer.Shape.WeightLength)} weights"));
        }

        _display.Line(string.Create(
            CultureInfo.InvariantCulture,
            $"{network.Parameters.Sum(parameter => (long)parameter.Value.Length)} parameters, {2e-6 * network.MultiplyAddsPerImage:F1} MFLOP forward per image; batch {_settings.Batch}, {_options.Topology.Threads} threads{(_ranks.AreMany ? " a rank" : "")}, {InstructionSet.NameOf(InstructionSet.Current)}, schedule {_settings.Schedule}"));
        if (trainer.LoadedWeights is { } loaded) _display.Line($"Weights of {_options.Weights}: {loaded.ToString().ReplaceLineEndings("; ")}");
        if (trainer.ResumedInstructionSet is { } before && before != InstructionSet.Current)
            _display.Line($"The run was on {InstructionSet.NameOf(before)} before: from here on its last bits differ from those of a run that stays there.");
        _display.Line(trainer.Progress.Step == 0
            ? $"Checkpoint: {_path}"
            : $"Going on from step {trainer.Progress.Step} of {trainer.TotalSteps} in {(_from == _path ? _path : $"{_from}; checkpoint: {_path}")}");
    }

    private void Conclude(Trainer trainer, EpochReport last, TimeSpan time)
    {
        var threads = _options.Topology.Threads;
        var peak = FmaPeak.MeasureGflops(InstructionSet.Current) * Math.Min(threads, Environment.ProcessorCount);
        _display.Table(LayerTable.Create(trainer.Network.Timings, peak));
        _display.Line(string.Create(
            CultureInfo.InvariantCulture,
            $"Times are of one batch of {trainer.Network.Batch}; GF/s is GFLOP/s. Peak: {peak:F0} GFLOP/s of fused multiply-adds on {threads} threads, measured now."));
        if (trainer.PruningUnit is { } unit)
        {
            var layers = PrunedLayerRow.All(unit.Report, trainer.Network.Plans);
            _display.Table(PruningTable.Create(layers));
            foreach (var line in PruningSummary.Lines(unit, _history)) _display.Line(line);
        }

        ReportExchange(trainer);
        if (_history.Waiting is { } waiting) _display.Line(waiting);
        _display.Line(string.Create(CultureInfo.InvariantCulture, $"Test accuracy {100 * last.TestAccuracy:F1} % after {last.Epoch} epochs in {time.TotalSeconds:F0} s."));
        _display.Line($"Report: {RunReport.Write(_path, _settings, trainer, _history, time)}");
        if (_settings.Data.IsSynthetic)
        {
            var linear = LinearBaseline.TestAccuracy(_options.TrainingData, _options.TestData, _options.Normalisation);
            _display.Line(string.Create(CultureInfo.InvariantCulture, $"A linear classifier of the same pixels reaches {100 * linear:F1} %, guessing 10.0 %."));
        }
    }
}
