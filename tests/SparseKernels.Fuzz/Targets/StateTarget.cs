using SparseKernels.Training.Checkpoints;
using SparseKernels.Training.Tests.Support;

namespace SparseKernels.Fuzz.Targets;

/// <summary>State files of training runs, with and without pruning that goes on and a calibration.</summary>
internal sealed class StateTarget : SafetensorsTarget
{
    private const string Weights = "run.safetensors";
    private const string File = "run.state.safetensors";

    public override string Name => "state";

    public override IReadOnlyList<CorpusFile> Corpus { get; } =
    [
        new(File, Written(File, folder => SmallCheckpoint.Make().Save(Path.Combine(folder, Weights)))),
        new(File, Written(File, folder => SmallCheckpoint.Make(calibrated: true).Save(Path.Combine(folder, Weights)))),
        new(File, Written(File, folder => SmallCheckpoint.Grown().Save(Path.Combine(folder, Weights)))),
    ];

    public override void Read(string folder, string file)
    {
        var checkpoint = Checkpoint.Load(Path.Combine(folder, Weights));
        if (GoingOn.Restore(checkpoint.Model, checkpoint.Masks) && checkpoint.Pruning is { } pruning) GoingOn.Prune(pruning, checkpoint.Masks);
    }
}
