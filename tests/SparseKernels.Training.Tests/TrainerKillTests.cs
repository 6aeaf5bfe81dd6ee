using SparseKernels.Files;
using SparseKernels.TestSupport;
using SparseKernels.Threading;
using SparseKernels.Training.Checkpoints;
using SparseKernels.Training.Data;
using SparseKernels.Training.Pruning;
using SparseKernels.Training.Tests.Support;
using Xunit;

namespace SparseKernels.Training.Tests;

/// <summary>A run that is killed between any two system calls of a save goes on to the bytes of one that never stopped.</summary>
[Collection(SoloCollection.Name)]
public class TrainerKillTests
{
    [Fact]
    public void Run_KilledBeforeEveryStepOfEverySave_ResumesToTheSameFiles()
    {
        using var folder = new TemporaryFolder();
        var (steps, _) = Kill(Options(folder.File("whole.safetensors")), moment: int.MaxValue);
        Assert.Equal(2 * 2 * Enum.GetValues<AtomicFileStep>().Length, steps);
        for (var moment = 0; moment < steps; moment++)
        {
            var options = Options(folder.File($"killed-{moment}.safetensors"));
            Assert.True(Kill(options, moment).Killed);
            var resumes = File.Exists(Checkpoint.StatePath(options.CheckpointPath!));

            // Before the first state file has its name there is nothing to go on from, and the run begins anew.
            Assert.Equal(moment > (int)AtomicFileStep.Rename, resumes);
            using var last = new Trainer(options with { Resume = resumes });
            Assert.True(last.Run(cancellation: TestContext.Current.CancellationToken));
            AssertSameFiles(folder.File("whole.safetensors"), options.CheckpointPath!, $"killed at {moment}");
        }
    }

    [Fact]
    public void Trainer_CheckpointOfARunInProgress_IsRefused()
    {
        using var folder = new TemporaryFolder();
        var options = Options(folder.File("run.safetensors"));
        using (new Trainer(options))
        {
            Assert.Contains("another run writes", Assert.Throws<IOException>(() => new Trainer(options)).Message);
            Assert.Contains("another run writes", Assert.Throws<IOException>(() => new Trainer(options with { Resume = true })).Message);
        }

        Assert.Empty(Directory.GetFiles(folder.Path));
        Assert.Throws<FileNotFoundException>(() => new Trainer(options with { Resume = true }));
        new Trainer(options).Dispose();
    }

    [Fact]
    public void Trainer_ResumePath_GoesOnUnderAnotherNameAndLeavesTheFirst()
    {
        using var folder = new TemporaryFolder();
        var first = Options(folder.File("first.safetensors"));
        using var stop = new CancellationTokenSource();
        using (var trainer = new Trainer(first)) Assert.False(trainer.Run(onEpoch: _ => stop.Cancel(), cancellation: stop.Token));
        var state = File.ReadAllBytes(Checkpoint.StatePath(first.CheckpointPath!));
        var second = first with { CheckpointPath = folder.File("second.safetensors"), Resume = true, ResumePath = first.CheckpointPath };
        using (var trainer = new Trainer(second))
        {
            Assert.Equal(1, trainer.Progress.Epoch);
            Assert.Equal(state, File.ReadAllBytes(Checkpoint.StatePath(second.CheckpointPath!)));
            Assert.True(trainer.Run(cancellation: TestContext.Current.CancellationToken));
        }

        Assert.Equal(state, File.ReadAllBytes(Checkpoint.StatePath(first.CheckpointPath!)));
        using (var trainer = new Trainer(first with { Resume = true })) Assert.True(trainer.Run(cancellation: TestContext.Current.CancellationToken));
        AssertSameFiles(first.CheckpointPath!, second.CheckpointPath!, "gone on under another name");
        Assert.Throws<ArgumentException>(() => new Trainer(second with { Resume = false }));
    }

    /// <summary>Trains until the moment, counted in steps of saves.</summary>
    private static (int Steps, bool Killed) Kill(TrainerOptions options, int moment)
    {
        var steps = 0;
        AtomicFile.Observer = step =>
        {
            if (steps++ == moment) throw new SimulatedKillException(step);
        };
        try
        {
            using var trainer = new Trainer(options);
            trainer.Run(cancellation: TestContext.Current.CancellationToken);
            return (steps, false);
        }
        catch (SimulatedKillException)
        {
            return (steps, true);
        }
        finally
        {
            AtomicFile.Observer = null;
        }
    }

    private static void AssertSameFiles(string expected, string got, string what)
    {
        Assert.True(File.ReadAllBytes(expected).AsSpan().SequenceEqual(File.ReadAllBytes(got)), $"weights, {what}");
        Assert.True(
            File.ReadAllBytes(Checkpoint.StatePath(expected)).AsSpan().SequenceEqual(File.ReadAllBytes(Checkpoint.StatePath(got))), $"state, {what}");
    }

    private static TrainerOptions Options(string path) => new()
    {
        TrainingData = new NoiseDataSet(30),
        TestData = new NoiseDataSet(8),
        Normalisation = new Normalisation([0.5f], [0.3f]),
        Model = "lenet",
        Epochs = 2,
        Batch = 8,
        Topology = ComputeTopology.FromThreads(2),
        CheckpointPath = path,
        Schedule = KernelSchedule.Reproducible,
        Pruning = new PruningSettings { Strategy = PruningStrategyKind.Gradual, Begin = 0, End = 0.9, Interval = 1, Sparsity = 0.8 }.ToOptions(),
    };
}
