using System.Text.RegularExpressions;
using SparseKernels.Diagnostics;
using SparseKernels.TestSupport;
using SparseKernels.Threading;
using SparseKernels.Training.Checkpoints;
using SparseKernels.Training.Data;
using SparseKernels.Training.Networks;
using SparseKernels.Training.Tests.Support;
using Xunit;

namespace SparseKernels.Training.Tests;

public class TrainerTests
{
    [Fact]
    public void Run_ToTheEnd_ReportsEveryStepAndEpoch()
    {
        using var folder = new TemporaryFolder();
        using var trainer = new Trainer(Options(folder.File("run.safetensors")));
        var steps = new List<StepReport>();
        var epochs = new List<EpochReport>();

        Assert.True(trainer.Run(steps.Add, epochs.Add, TestContext.Current.CancellationToken));

        Assert.Equal(5, trainer.BatchesPerEpoch);
        Assert.Equal(Enumerable.Range(1, 15).Select(i => (long)i), steps.Select(step => step.Step));
        Assert.Equal(Enumerable.Range(0, 15).Select(i => ((i / 5) + 1, (i % 5) + 1)), steps.Select(step => (step.Epoch, step.Batch)));
        Assert.Equal([1, 2, 3], epochs.Select(epoch => epoch.Epoch));
        Assert.All(steps, step => Assert.True(step.ImagesPerSecond > 0 && step.Remaining >= TimeSpan.Zero && step.LearningRate > 0));
        Assert.All(epochs, epoch => Assert.True(epoch.TestLoss > 0 && epoch.TestAccuracy is >= 0 and <= 1));
        Assert.All(epochs, epoch => Assert.True(epoch.WaitingTime > TimeSpan.Zero && epoch.WaitingTime < epoch.TrainingTime));
        Assert.All(epochs, epoch => Assert.Equal(epoch.WaitingTime / epoch.TrainingTime, epoch.WaitingShare));
        Assert.All(epochs, epoch => Assert.InRange(epoch.WaitingSteps, 0, 5));
        foreach (var pass in Enum.GetValues<ConvolutionPass>())
            Assert.All(epochs, epoch => Assert.Equal(pass == ConvolutionPass.BackwardData ? 20 : 25, epoch.Skipped.Where(total => total.Pass == pass).Sum(total => total.Calls)));
        Assert.All(epochs, epoch => Assert.True(epoch.Skipped.Sum(total => total.Time.TotalSeconds) is var time && time > 0 && time < epoch.TrainingTime.TotalSeconds));
        Assert.Equal(steps.Skip(5).Take(5).Average(step => step.Result.Loss), epochs[1].TrainingLoss, 1e-9);
        Assert.Equal(new TrainingProgress(3, 0, 15, 1), trainer.Progress);
        Assert.True(File.Exists(folder.File("run.safetensors")));
        Assert.True(trainer.Run(cancellation: TestContext.Current.CancellationToken));
    }

    [Fact]
    public void Run_ImagesThatComeOnceTrainingSleeps_ReportsStepsThatWaited()
    {
        var options = Options("") with { CheckpointPath = null };
        var data = new Late(options.TrainingData, Thread.CurrentThread);
        using var trainer = new Trainer(options with { TrainingData = data, Epochs = 1, Topology = ComputeTopology.FromThreads(1), DataThreads = 1 });
        var epochs = new List<EpochReport>();
        data.IsLate = true;

        Assert.True(trainer.Run(onEpoch: epochs.Add, cancellation: TestContext.Current.CancellationToken));

        Assert.InRange(Assert.Single(epochs).WaitingSteps, 1, 5);
    }

    [Fact]
    public void Run_CancelledAndResumedTwice_SameBitsAsNeverStopped()
    {
        using var folder = new TemporaryFolder();
        using var whole = new Trainer(Options(folder.File("whole.safetensors")));
        Assert.True(whole.Run(cancellation: TestContext.Current.CancellationToken));

        // Stopped within the first epoch, then within the last.
        var options = Options(folder.File("parts.safetensors"));
        Stop(options, afterStep: 2);
        Stop(options with { Resume = true }, afterStep: 12);
        using var last = new Trainer(options with { Resume = true, Topology = ComputeTopology.FromThreads(1) });
        Assert.Equal(new TrainingProgress(2, 2, 12, 1), last.Progress);
        Assert.True(last.Run(cancellation: TestContext.Current.CancellationToken));

        foreach (var (expected, got) in whole.Network.State.Zip(last.Network.State)) Assert.Equal(expected.Values, got.Values);
        Assert.Equal(File.ReadAllBytes(folder.File("whole.safetensors")), File.ReadAllBytes(folder.File("parts.safetensors")));
    }

    [Fact]
    public void Run_MaskedAndResumed_SameBitsAsNeverStoppedAndMaskedStayZero()
    {
        using var folder = new TemporaryFolder();
        using var whole = new Trainer(Options(folder.File("whole.safetensors")));
        SmallNetwork.Mask(whole.Network, density: 0.3);
        Assert.True(whole.Run(cancellation: TestContext.Current.CancellationToken));

        // The one that goes on is told nothing of masks.
        var options = Options(folder.File("parts.safetensors"));
        Stop(options, afterStep: 7, network => SmallNetwork.Mask(network, density: 0.3));
        using var last = new Trainer(options with { Resume = true });
        Assert.True(last.Run(cancellation: TestContext.Current.CancellationToken));

        Assert.Contains(last.Network.Parameters, parameter => parameter.Mask is not null);
        foreach (var (expected, got) in whole.Network.Parameters.Zip(last.Network.Parameters))
        {
            Assert.Equal(expected.Value, got.Value);
            if (expected.Mask is null) continue;
            Assert.All(
                Enumerable.Range(0, got.Value.Length).Where(i => !expected.Mask[i]),
                i => Assert.Equal((0f, 0f), (got.Value[i], got.Momentum[i])));
        }

        Assert.Equal(File.ReadAllBytes(folder.File("whole.state.safetensors")), File.ReadAllBytes(folder.File("parts.state.safetensors")));
    }

    [Fact]
    public void Run_Resumed_GoesOnWithTheCheckpointsCalibrationAndChoices()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("run.safetensors");
        Stop(Options(path), afterStep: 1);
        var saved = Checkpoint.Load(path);
        Assert.Equal(Calibration.Current.ToJson(), saved.Calibration!.ToJson());

        // As if the machine had been calibrated otherwise when the run began, and had chosen otherwise since.
        var chosen = saved.Choices.Select(layer => layer with { Choices = new PlanChoices(PassChoice.Of(new OperandPair(Operand.Input, Operand.Weight)), PassChoice.Dense, PassChoice.Of(new OperandPair(Operand.Output, Operand.Input))) }).ToArray();
        var json = Regex.Replace(saved.Calibration.ToJson(), "\"processor\": \"[^\"]*\"", "\"processor\": \"another\"");
        new Checkpoint(saved.Progress, saved.Model, saved.Optimiser, saved.Settings) { Masks = saved.Masks, Choices = chosen, Calibration = Calibration.Parse(json) }.Save(path);
        using var resumed = new Trainer(Options(path) with { Resume = true });
        Assert.Equal(chosen, resumed.Network.Choices);
        Assert.All(resumed.Network.Plans, layer => Assert.Equal("another", layer.Plan.Options.Calibration!.Processor));
        Assert.True(resumed.Run(cancellation: TestContext.Current.CancellationToken));
        Assert.Equal("another", Checkpoint.Load(path).Calibration!.Processor);
    }

    [Theory]
    [InlineData("dense")]
    [InlineData("automatic")]
    [InlineData("input-weight")]
    public void Run_OtherSchedules_ReachThePlansAndKeepNoCalibration(string schedule)
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("run.safetensors");
        using (var trainer = new Trainer(Options(path) with { Schedule = KernelSchedule.Parse(schedule), Epochs = 1 }))
        {
            Assert.True(trainer.Run(cancellation: TestContext.Current.CancellationToken));
            Assert.All(trainer.Network.Plans, layer => Assert.Equal(schedule, layer.Plan.Options.Schedule.ToString()));
        }

        var saved = Checkpoint.Load(path);
        Assert.Null(saved.Calibration);
        Assert.Equal(schedule, saved.Settings["schedule"]);
        Assert.Contains(
            $"schedule {schedule}",
            Assert.Throws<ArgumentException>(() => new Trainer(Options(path) with { Epochs = 1, Resume = true })).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Run_ShortInterval_KeepsACheckpointOfEveryStep()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("run.safetensors");
        using var trainer = new Trainer(Options(path) with { CheckpointInterval = TimeSpan.FromTicks(1) });
        trainer.Run(
            onStep: step =>
            {
                if (step.Step > 1) Assert.Equal(step.Step - 1, Checkpoint.Load(path).Progress.Step);
            },
            cancellation: TestContext.Current.CancellationToken);
        Assert.Equal(15, Checkpoint.Load(path).Progress.Step);
    }

    [Fact]
    public void Constructor_ResumeWithOtherSettings_NamesTheSetting()
    {
        using var folder = new TemporaryFolder();
        var options = Options(folder.File("run.safetensors"));
        Stop(options, afterStep: 1);
        var before = File.ReadAllBytes(folder.File("run.state.safetensors"));
        var resumed = options with { Resume = true };
        Assert.Contains(
            "learning-rate 0.05", Assert.Throws<ArgumentException>(() => new Trainer(resumed with { LearningRate = 0.1f })).Message,
            StringComparison.Ordinal);
        Assert.Contains(
            "batch 8", Assert.Throws<ArgumentException>(() => new Trainer(resumed with { Batch = 4 })).Message, StringComparison.Ordinal);
        Assert.Contains(
            "seed 1", Assert.Throws<ArgumentException>(() => new Trainer(resumed with { Seed = 2 })).Message, StringComparison.Ordinal);
        Assert.Contains(
            "model lenet", Assert.Throws<ArgumentException>(() => new Trainer(resumed with { Model = "resnet20" })).Message,
            StringComparison.Ordinal);
        Assert.Equal(before, File.ReadAllBytes(folder.File("run.state.safetensors")));
    }

    [Theory]
    [InlineData("older")]
    [InlineData("damaged")]
    [InlineData("gone")]
    public void Constructor_ResumeAfterAKillBetweenTheTwoFiles_BringsTheWeightsUpToDate(string kind)
    {
        using var folder = new TemporaryFolder();
        var options = Options(folder.File("run.safetensors"));
        Stop(options, afterStep: 1);
        var older = File.ReadAllBytes(folder.File("run.safetensors"));
        using (var trainer = new Trainer(options with { Resume = true })) trainer.Run(cancellation: TestContext.Current.CancellationToken);
        var right = File.ReadAllBytes(folder.File("run.safetensors"));
        Assert.NotEqual(older, right);
        if (kind == "gone") File.Delete(folder.File("run.safetensors"));
        else File.WriteAllBytes(folder.File("run.safetensors"), kind == "older" ? older : right[..^1]);
        using (var complete = new Trainer(options with { Resume = true }))
            Assert.True(complete.Run(cancellation: TestContext.Current.CancellationToken));
        Assert.Equal(right, File.ReadAllBytes(folder.File("run.safetensors")));
    }

    [Fact]
    public void Constructor_ResumeOnOtherImagesOfTheSameNameAndNumber_IsRefused()
    {
        using var folder = new TemporaryFolder();
        var options = Options(folder.File("run.safetensors"));
        Stop(options, afterStep: 1);
        var other = options with { Resume = true, TrainingData = new Reversed(options.TrainingData) };
        Assert.Contains(
            "images-fingerprint", Assert.Throws<ArgumentException>(() => new Trainer(other)).Message, StringComparison.Ordinal);
        new Trainer(options with { Resume = true }).Dispose();
    }

    [Fact]
    public void Constructor_ResumeWithOtherClassNamesOrDataSettings_IsRefused()
    {
        using var folder = new TemporaryFolder();
        var options = Options(folder.File("run.safetensors"));
        var named = options with { TrainingData = new Named(options.TrainingData, "square", "48") };
        Stop(named, afterStep: 1);
        Assert.Equal("square", Checkpoint.Load(folder.File("run.safetensors")).ClassNames[1]);
        Assert.Equal("48", Checkpoint.Load(folder.File("run.safetensors")).Settings["images.size"]);
        Refused("square", new Named(options.TrainingData, "circle", "48"));
        Refused("images.size 48, this one has 96", new Named(options.TrainingData, "square", "96"));
        new Trainer(named with { Resume = true }).Dispose();

        void Refused(string because, IDataSet data) => Assert.Contains(
            because, Assert.Throws<ArgumentException>(() => new Trainer(options with { Resume = true, TrainingData = data })).Message,
            StringComparison.Ordinal);
    }

    /// <summary>A data set that names its second class and its images' size.</summary>
    private sealed class Named(IDataSet data, string second, string size) : IDataSet
    {
        public string Name => data.Name;

        public int Count => data.Count;

        public int Channels => data.Channels;

        public int Height => data.Height;

        public int Width => data.Width;

        public int Classes => data.Classes;

        public IReadOnlyList<string> ClassNames => [.. Enumerable.Range(0, Classes).Select(i => i == 1 ? second : $"class {i}")];

        public IReadOnlyDictionary<string, string> Settings => new Dictionary<string, string> { ["size"] = size };

        public int Label(int index) => data.Label(index);

        public void CopyImage(int index, Span<float> chw) => data.CopyImage(index, chw);
    }

    /// <summary>A data set whose images are there once a thread sleeps, which it does where it waits for them.</summary>
    private sealed class Late(IDataSet data, Thread waiting) : IDataSet
    {
        public bool IsLate { get; set; }

        public string Name => data.Name;

        public int Count => data.Count;

        public int Channels => data.Channels;

        public int Height => data.Height;

        public int Width => data.Width;

        public int Classes => data.Classes;

        public int Label(int index) => data.Label(index);

        public void CopyImage(int index, Span<float> chw)
        {
            while (IsLate && (waiting.ThreadState & ThreadState.WaitSleepJoin) == 0) Thread.Yield();
            data.CopyImage(index, chw);
        }
    }

    /// <summary>A data set from its last image to its first.</summary>
    private sealed class Reversed(IDataSet data) : IDataSet
    {
        public string Name => data.Name;

        public int Count => data.Count;

        public int Channels => data.Channels;

        public int Height => data.Height;

        public int Width => data.Width;

        public int Classes => data.Classes;

        public int Label(int index) => data.Label(Count - 1 - index);

        public void CopyImage(int index, Span<float> chw) => data.CopyImage(Count - 1 - index, chw);
    }

    [Fact]
    public void Constructor_BadOptions_AreNamedAndNothingIsWritten()
    {
        using var folder = new TemporaryFolder();
        var options = Options(folder.File("run.safetensors"));
        Assert.Throws<ArgumentOutOfRangeException>("Epochs", () => new Trainer(options with { Epochs = 0 }));
        Assert.Throws<ArgumentOutOfRangeException>("Batch", () => new Trainer(options with { Batch = 0 }));
        Assert.Throws<ArgumentOutOfRangeException>("Batch", () => new Trainer(options with { Batch = 43 }));
        Assert.Throws<ArgumentOutOfRangeException>("DataThreads", () => new Trainer(options with { DataThreads = 0 }));
        Assert.Throws<ArgumentOutOfRangeException>("LearningRate", () => new Trainer(options with { LearningRate = 0 }));
        Assert.Throws<ArgumentOutOfRangeException>("WarmUp", () => new Trainer(options with { WarmUp = float.NaN }));
        Assert.Throws<ArgumentOutOfRangeException>("momentum", () => new Trainer(options with { Momentum = 1 }));
        Assert.Throws<ArgumentOutOfRangeException>(
            "CheckpointInterval", () => new Trainer(options with { CheckpointInterval = TimeSpan.Zero }));
        Assert.Throws<ArgumentException>("name", () => new Trainer(options with { Model = "alexnet" }));
        Assert.Throws<ArgumentException>("path", () => new Trainer(options with { CheckpointPath = folder.File("run.bin") }));
        Assert.Throws<ArgumentException>(() => new Trainer(options with { CheckpointPath = null, Resume = true }));
        Assert.Throws<DirectoryNotFoundException>(
            () => new Trainer(options with { CheckpointPath = Path.Combine(folder.Path, "none", "run.safetensors") }));
        Assert.Throws<FileNotFoundException>(() => new Trainer(options with { Resume = true }));
        Assert.Throws<ArgumentException>(() => new Trainer(options with { TestData = SyntheticDataSet.Create(DataSplit.Test, 10) }));
        Assert.Empty(Directory.GetFileSystemEntries(folder.Path));
    }

    [Fact]
    public void Run_LossDiverges_ThrowsAndKeepsTheLastCheckpoint()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("run.safetensors");
        var options = Options(path) with { LearningRate = 1e30f, WarmUp = 0, CheckpointInterval = TimeSpan.FromTicks(1) };
        using var trainer = new Trainer(options);
        Assert.Contains(
            "learning rate",
            Assert.Throws<TrainingDivergedException>(() => trainer.Run(cancellation: TestContext.Current.CancellationToken)).Message,
            StringComparison.Ordinal);
        Assert.True(Checkpoint.Load(path).Progress.Step < trainer.Progress.Step);
    }

    private static void Stop(TrainerOptions options, long afterStep, Action<Network>? prepare = null)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        using var trainer = new Trainer(options);
        prepare?.Invoke(trainer.Network);
        var finished = trainer.Run(
            onStep: step =>
            {
                if (step.Step == afterStep) stop.Cancel();
            },
            cancellation: stop.Token);
        Assert.False(finished);
    }

    private static TrainerOptions Options(string path) => new()
    {
        TrainingData = new NoiseDataSet(42),
        TestData = new NoiseDataSet(11),
        Normalisation = new Normalisation([0.5f], [0.3f]),
        Augmentation = Augmentation.CropAndFlip,
        Model = "lenet",
        Epochs = 3,
        Batch = 8,
        WarmUp = 0.2f,
        Topology = ComputeTopology.FromThreads(2),
        CheckpointPath = path,

        // Whatever the environment says: automatic schedules don't repeat bit for bit.
        Schedule = KernelSchedule.Reproducible,
    };
}
