using System.Diagnostics;
using SparseKernels.Isa;
using SparseKernels.Training.Checkpoints;
using SparseKernels.Training.Parameters;
using SparseKernels.Training.Tensors;

namespace SparseKernels.Training;

// The run's checkpoint: written, held beside the options of a run that goes on, and read back.
public sealed partial class Trainer
{
    private void Save()
    {
        _lastCheckpoint = Stopwatch.GetTimestamp();
        if (_options.CheckpointPath is null || !_ranks.IsFirst) return;
        var masks = Network.Parameters.Where(parameter => parameter.Mask is not null).Select(
            parameter => new NamedMask(parameter.Name, parameter.Mask!));
        var checkpoint = new Checkpoint(Progress, Network.State, OptimiserState(), _options.Settings(_fingerprint))
        {
            Masks = [.. masks],
            ClassNames = _options.TrainingData.ClassNames,
            Input = Network.Input,
            Classes = Network.Classes,
            Choices = Network.Choices,
            Calibration = _calibration,
            InstructionSet = InstructionSet.Current,
            Pruning = _pruning?.Progress,
        };
        checkpoint.Save(_options.CheckpointPath, _options.DenseCheckpoint);
    }

    private NamedTensor[] OptimiserState() => [.. Network.Parameters.SelectMany(parameter => parameter.OptimiserState)];

    /// <summary>What times are predicted from: in a run that goes on, what they were predicted from before.</summary>
    private static Calibration CalibrationOf(Checkpoint? checkpoint)
    {
        // Another instruction set rounds otherwise, whatever is chosen: there is nothing to repeat.
        var theirs = checkpoint?.Calibration;
        return theirs is not null && theirs.InstructionSet == InstructionSet.Current ? theirs : Calibration.Current;
    }

    private void Compare(Checkpoint checkpoint)
    {
        foreach (var (key, value) in _options.Settings(_fingerprint))
        {
            // Runs of earlier builds had SGD and knew none of what is newer.
            var theirs = checkpoint.Settings.GetValueOrDefault(key, key == TrainerOptions.OptimiserKey ? TrainerOptions.Sgd : "none");
            if (theirs != value)
                throw new ArgumentException(
                    $"the checkpoint's run had {key} {theirs}, this one has {value}; a run goes on with the settings it began with.",
                    nameof(checkpoint));
        }

        if (!checkpoint.ClassNames.SequenceEqual(_options.TrainingData.ClassNames))
            throw new ArgumentException(
                $"the checkpoint's run had the classes {List(checkpoint.ClassNames)}, this one has {List(_options.TrainingData.ClassNames)}.",
                nameof(checkpoint));
        var progress = checkpoint.Progress;
        if (progress.Seed != _options.Seed)
            throw new ArgumentException($"the checkpoint's run had seed {progress.Seed}, this one has {_options.Seed}; a run goes on with the settings it began with.", nameof(checkpoint));
        if (progress.Epoch > _options.Epochs || progress.Batch >= _batchesPerEpoch || progress.Step != ((long)progress.Epoch * _batchesPerEpoch) + progress.Batch)
            throw new InvalidDataException($"the checkpoint's epoch {progress.Epoch}, batch {progress.Batch} and step {progress.Step} don't fit {_batchesPerEpoch} batches in each of {_options.Epochs} epochs.");
    }

    private static string List(IReadOnlyList<string> names) => names.Count == 0 ? "without names" : string.Join(", ", names);

    private void Restore(Checkpoint checkpoint)
    {
        Network.Choices = checkpoint.Choices;
        checkpoint.Restore(Network.State, OptimiserState());
        checkpoint.RestoreMasks(Network.Parameters);
        if (_pruning is not null) _pruning.Restore(
            checkpoint.Pruning ?? throw new InvalidDataException("the checkpoint says nothing of its run's pruning."), checkpoint.Masks);
        Network.Touch();
        Network.StepsTaken = checkpoint.Progress.Step;
        (_epoch, _batch) = (checkpoint.Progress.Epoch, checkpoint.Progress.Batch);
    }
}
