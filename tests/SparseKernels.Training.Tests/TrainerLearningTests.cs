using SparseKernels.TestSupport;
using SparseKernels.Threading;
using SparseKernels.Training.Checkpoints;
using SparseKernels.Training.Data;
using SparseKernels.Training.Models;
using SparseKernels.Training.Optimisation;
using SparseKernels.Training.Pruning;
using SparseKernels.Training.Tensors;
using SparseKernels.Training.Tests.Support;
using Xunit;

namespace SparseKernels.Training.Tests;

/// <summary>Optimisers, loss, clipping, averaging, freezing and weights to begin with, as a run has them.</summary>
public class TrainerLearningTests
{
    private const string FirstLayer = "conv1";

    public static TheoryData<string> Kinds => ["adamw", "amsgrad", "smoothing", "clip", "average", "frozen", "factors", "all", "pruned", "all-pruned"];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Run_StoppedAndResumed_SameBitsAsNeverStopped(string kind)
    {
        using var folder = new TemporaryFolder();
        var (whole, parts) = (With(kind, folder.File("whole.safetensors")), With(kind, folder.File("parts.safetensors")));
        using (var trainer = new Trainer(whole)) Assert.True(trainer.Run(cancellation: TestContext.Current.CancellationToken));
        Stop(parts, afterStep: 7);
        Stop(parts with { Resume = true }, afterStep: 21);
        using (var last = new Trainer(parts with { Resume = true, Topology = ComputeTopology.FromThreads(1) }))
            Assert.True(last.Run(cancellation: TestContext.Current.CancellationToken));

        Assert.Equal(File.ReadAllBytes(folder.File("whole.safetensors")), File.ReadAllBytes(folder.File("parts.safetensors")));
        Assert.Equal(File.ReadAllBytes(folder.File("whole.state.safetensors")), File.ReadAllBytes(folder.File("parts.state.safetensors")));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Run_WithAnOption_EndsElsewhereThanWithout(string kind)
    {
        using var folder = new TemporaryFolder();
        var ends = new List<float[]>();
        foreach (var options in new[] { With(kind, folder.File("a.safetensors")), With("plain", folder.File("b.safetensors")) })
        {
            using (var trainer = new Trainer(options with { Epochs = 1 })) trainer.Run(cancellation: TestContext.Current.CancellationToken);
            ends.Add(WeightsFile.Read(options.CheckpointPath!).Tensors.Single(tensor => tensor.Name == "fc1.weight").Values);
        }

        Assert.NotEqual(ends[0], ends[1]);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Constructor_ResumedWithoutTheOption_IsRefused(string kind)
    {
        using var folder = new TemporaryFolder();
        var options = With(kind, folder.File("run.safetensors"));
        Stop(options, afterStep: 1);
        Assert.Throws<ArgumentException>("checkpoint", () => new Trainer(With("plain", folder.File("run.safetensors")) with { Resume = true }));
    }

    [Fact]
    public void Run_PrunedByAdamW_KeepsEverythingOutsideTheMasksZero()
    {
        using var folder = new TemporaryFolder();
        var options = With("all-pruned", folder.File("run.safetensors"));
        using var trainer = new Trainer(options);
        trainer.Run(
            _ =>
            {
                foreach (var parameter in trainer.Network.Parameters)
                {
                    if (parameter.Mask is not { } mask) continue;
                    var arrays = parameter.OptimiserArrays.Append(parameter.Value).ToArray();
                    Assert.Equal(5, arrays.Length);
                    for (var i = 0; i < parameter.Value.Length; i++)
                    {
                        if (!mask[i]) Assert.All(arrays[..^2].Append(arrays[^1]), array => Assert.Equal(0, array[i]));
                    }
                }
            },
            cancellation: TestContext.Current.CancellationToken);
        Assert.All(trainer.PruningUnit!.Layers, layer => Assert.InRange(layer.Sparsity, 0.3, 1));
    }

    [Fact]
    public void Run_WithAverage_EvaluatesAndWritesTheAverage()
    {
        using var folder = new TemporaryFolder();
        var options = With("average", folder.File("run.safetensors"));
        EpochReport? last = null;
        using var trainer = new Trainer(options);
        trainer.Run(onEpoch: epoch => last = epoch, cancellation: TestContext.Current.CancellationToken);
        var written = WeightsFile.Read(options.CheckpointPath!).Tensors.ToDictionary(tensor => tensor.Name, tensor => tensor.Values);
        foreach (var parameter in trainer.Network.Parameters)
        {
            Assert.Equal(parameter.Average, written[parameter.Name]);
            Assert.NotEqual(parameter.Value, written[parameter.Name]);
        }

        using var read = ModelCatalogue.Create("lenet", new FeatureShape(1, 14, 14), 3, 8, schedule: KernelSchedule.Reproducible);
        read.Load(options.CheckpointPath!);
        using var other = new Trainer(options with { CheckpointPath = null, AverageDecay = null });
        foreach (var (from, to) in read.State.Zip(other.Network.State)) from.Values.CopyTo(to.Values, 0);
        other.Network.Touch();
        Assert.Equal(last!.TestLoss, other.Evaluate().Loss, 1e-6);

        // A kill between the two files loses the weights, not the average in the state.
        File.Delete(options.CheckpointPath!);
        using (new Trainer(options with { Resume = true, CheckpointPath = folder.File("run2.safetensors"), ResumePath = options.CheckpointPath }))
            Assert.Equal(written["fc1.weight"], WeightsFile.Read(folder.File("run2.safetensors")).Tensors.Single(tensor => tensor.Name == "fc1.weight").Values);
    }

    [Fact]
    public void Constructor_Weights_BeginWithThemAndSayWhatFitted()
    {
        using var folder = new TemporaryFolder();
        using var source = ModelCatalogue.Create("lenet", new FeatureShape(1, 14, 14), 5, 8, seed: 77);
        source.Save(folder.File("w.safetensors"));
        var options = With("plain", folder.File("run.safetensors")) with { Weights = folder.File("w.safetensors") };
        Assert.Throws<InvalidDataException>(() => new Trainer(options));
        using var trainer = new Trainer(options with { WeightsLoading = new WeightsLoading(NewHead: true) });
        Assert.Equal(2, trainer.LoadedWeights!.NewHead.Count);
        Assert.Equal(source.Parameters[0].Value, trainer.Network.Parameters[0].Value);
        Assert.Throws<FileNotFoundException>(() => new Trainer(options with { Weights = folder.File("none.safetensors") }));
    }

    [Fact]
    public void Constructor_BadOptions_AreNamed()
    {
        var options = With("plain", "unused") with { CheckpointPath = null };
        Assert.Throws<ArgumentOutOfRangeException>("LabelSmoothing", () => new Trainer(options with { LabelSmoothing = -0.1f }));
        Assert.Throws<ArgumentException>("ClassWeights", () => new Trainer(options with { ClassWeights = [1] }));
        Assert.Throws<ArgumentOutOfRangeException>("ClipNorm", () => new Trainer(options with { ClipNorm = 0 }));
        Assert.Throws<ArgumentOutOfRangeException>("ClipValue", () => new Trainer(options with { ClipValue = float.NaN }));
        Assert.Throws<ArgumentOutOfRangeException>("AverageDecay", () => new Trainer(options with { AverageDecay = 1 }));
        Assert.Throws<ArgumentOutOfRangeException>("Optimiser", () => new Trainer(options with { Optimiser = (OptimiserKind)9 }));
        Assert.Throws<ArgumentOutOfRangeException>("Beta1", () => new Trainer(options with { Optimiser = OptimiserKind.AdamW, AdamW = new AdamWSettings(Beta1: 2) }));
        Assert.Throws<ArgumentException>("path", () => new Trainer(options with { Frozen = ["nothing"] }));
        Assert.Throws<ArgumentException>("path", () => new Trainer(options with { RateFactors = new Dictionary<string, float> { ["nothing"] = 1 } }));
        using var trainer = new Trainer(options);
        Assert.Throws<ArgumentException>(
            "Frozen", () => new Trainer(options with { Frozen = [.. trainer.Network.Parameters.Select(parameter => parameter.Name)] }));
    }

    private static void Stop(TrainerOptions options, long afterStep)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        using var trainer = new Trainer(options);
        Assert.False(trainer.Run(
            step =>
            {
                if (step.Step == afterStep) stop.Cancel();
            },
            cancellation: stop.Token));
    }

    private static TrainerOptions With(string kind, string path)
    {
        var options = new TrainerOptions
        {
            TrainingData = new NoiseDataSet(80),
            TestData = new NoiseDataSet(11),
            Normalisation = new Normalisation([0.5f], [0.3f]),
            Model = "lenet",
            Epochs = 3,
            Batch = 8,
            LearningRate = 0.01f,
            Topology = ComputeTopology.FromThreads(2),
            CheckpointPath = path,
            Schedule = KernelSchedule.Reproducible,
        };
        if (kind is "adamw" or "all" or "pruned" or "all-pruned") options = options with { Optimiser = OptimiserKind.AdamW };
        if (kind is "amsgrad" or "all-pruned")
            options = options with { Optimiser = OptimiserKind.AdamW, AdamW = new AdamWSettings(AmsGrad: true), DecaysWeightsAlone = true };
        if (kind is "smoothing" or "all" or "all-pruned") options = options with { LabelSmoothing = 0.1f, ClassWeights = [1, 2, 0.5f] };
        if (kind is "clip" or "all" or "all-pruned") options = options with { ClipNorm = 0.5f, ClipValue = 0.1f };
        if (kind is "average" or "all" or "all-pruned") options = options with { AverageDecay = 0.9f };
        if (kind is "frozen" or "all") options = options with { Frozen = [FirstLayer] };
        if (kind is "factors" or "all") options = options with { RateFactors = new Dictionary<string, float> { ["fc1"] = 0.25f, [FirstLayer] = 0.5f } };
        if (kind is "pruned" or "all-pruned")
            options = options with
            {
                Pruning = new PruningSettings { Strategy = PruningStrategyKind.Gradual, Sparsity = 0.8, Begin = 0.1, End = 0.7, Interval = 3, ChannelOrder = true }.ToOptions(),
            };
        return options;
    }
}
