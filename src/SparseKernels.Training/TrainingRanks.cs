using System.Diagnostics.CodeAnalysis;
using SparseKernels.Pruning;
using SparseKernels.Training.Communication;
using SparseKernels.Training.Data;
using SparseKernels.Training.Distribution;
using SparseKernels.Training.Networks;
using SparseKernels.Training.Optimisation;

namespace SparseKernels.Training;

/// <summary>What a trainer does with the other ranks; with none, nothing.</summary>
internal sealed class TrainingRanks : IDisposable
{
    private readonly ICommunicator _communicator;
    private readonly TrainerOptions _options;
    private DistributedSgd? _updates;

    public TrainingRanks(TrainerOptions options) => (_options, _communicator) = (options, options.Communicator ?? SingleProcess.Instance);

    /// <summary>Whether this process writes files.</summary>
    public bool IsFirst => _communicator.Rank == 0;

    /// <summary>What was exchanged; null in one process alone.</summary>
    public ExchangeReport? Report => _updates?.Report;

    /// <summary>Whether gradients travel meanwhile.</summary>
    public bool Overlaps => _updates?.Overlaps ?? false;

    /// <summary>Whether there are others.</summary>
    public bool AreMany => _communicator.Size > 1;

    /// <summary>Makes sure that all ranks got as far, with the same settings.</summary>
    public void AgreeOn(string images)
    {
        if (!AreMany) return;
        _communicator.Agree();
        _communicator.AgreeOn(_options.SettingsOfRanks(images));
    }

    /// <summary>Makes sure that all ranks got as far.</summary>
    public void Agree()
    {
        if (AreMany) _communicator.Agree();
    }

    /// <summary>Tells the others, who wait in <see cref="Agree"/>, that this rank can't go on.</summary>
    /// <exception cref="RankFailedException">A rank before this one can't go on either.</exception>
    public void Fail(Exception failure)
    {
        if (!AreMany || failure is RankFailedException) return;
        try
        {
            _communicator.Agree(failure);
        }
        catch (RankFailedException e) when (e.Rank == _communicator.Rank)
        {
            // Of this rank's own failure the caller gets the exception itself.
        }
    }

    /// <summary>Whether this rank fails alone, so that the others would wait for it; what all throw together they all know of.</summary>
    public bool FailsAlone(Exception failure) => AreMany && failure is not (RankFailedException or TrainingDivergedException);

    /// <summary>Ends all ranks.</summary>
    [DoesNotReturn]
    public void End(Exception failure)
    {
        var checkpoint = _options.CheckpointPath is { } path ? $"; the run goes on from its last checkpoint, {path}, with --resume" : "";
        _communicator.Abort($"rank {_communicator.Rank} of {_communicator.Size}: {failure.Message}{checkpoint}");
    }

    /// <summary>The first rank's calibration: predictions must be the same.</summary>
    public Calibration? Share(Calibration? calibration) =>
        AreMany && calibration is not null ? Calibration.Parse(_communicator.Share(calibration.ToJson())) : calibration;

    /// <summary>Puts the exchange before an optimiser's step.</summary>
    public IOptimiser Around(IOptimiser optimiser, Network network)
    {
        if (!AreMany) return optimiser;
        return _updates = new DistributedSgd(network, optimiser, _communicator, _options.Distribution)
        {
            Share = (double)_options.Shard.LengthOf(_options.Batch) / _options.Batch,
        };
    }

    /// <summary>Whether the run stops here: what was cancelled, or of several ranks what all knew of after the last step.</summary>
    public bool Stops(CancellationToken cancellation)
    {
        if (_updates is null) return cancellation.IsCancellationRequested;
        if (cancellation.IsCancellationRequested) _updates.RequestStop();
        return _updates.IsStopRequested;
    }

    /// <summary>Whether a checkpoint is due, by the first rank's clock.</summary>
    public bool Saves(bool isDue)
    {
        if (_updates is null) return isDue;
        _updates.RequestSave(isDue);
        return _updates.IsSaveRequested;
    }

    /// <summary>Says what this rank's loss counts, where classes count differently.</summary>
    public void Weigh(ImageBatch batch)
    {
        if (_updates is null || _options.ClassWeights.Count == 0) return;
        var (own, all) = (0.0, 0.0);
        foreach (var label in batch.Labels.AsSpan(0, batch.Count)) own += _options.ClassWeights[label];
        foreach (var label in batch.LabelsOfAll) all += _options.ClassWeights[label];
        _updates.LossShare = own / all;
    }

    /// <summary>What the batch of all ranks gave.</summary>
    public BatchResult Whole(BatchResult own) => _updates?.Result ?? own;

    /// <summary>Adds up what the ranks found on their shares of an evaluation.</summary>
    public void Sum(ref EpochTotals totals)
    {
        if (!AreMany) return;
        var numbers = new long[_communicator.Size + 2];
        numbers[_communicator.Rank] = BitConverter.DoubleToInt64Bits(totals.LossSum);
        (numbers[^2], numbers[^1]) = (totals.Correct, totals.Images);
        _communicator.Sum(numbers);
        var loss = 0.0;
        foreach (var bits in numbers.AsSpan(0, _communicator.Size)) loss += BitConverter.Int64BitsToDouble(bits);
        totals.Replace(loss, numbers[^2], numbers[^1]);
    }

    /// <summary>Makes sure that all ranks still have the same network.</summary>
    public void Compare(Network network, PruningUnit? unit)
    {
        if (AreMany) StateHash.Compare(_communicator, network, unit);
    }

    public void Dispose() => _updates?.Dispose();
}
