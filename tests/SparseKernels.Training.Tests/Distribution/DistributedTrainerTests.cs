using SparseKernels.Pruning;
using SparseKernels.TestSupport;
using SparseKernels.Threading;
using SparseKernels.Training.Checkpoints;
using SparseKernels.Training.Communication;
using SparseKernels.Training.Data;
using SparseKernels.Training.Distribution;
using SparseKernels.Training.Layers;
using SparseKernels.Training.Layers.BatchNormalisation;
using SparseKernels.Training.Layers.Convolutions;
using SparseKernels.Training.Layers.Elementwise;
using SparseKernels.Training.Optimisation;
using SparseKernels.Training.Pruning;
using SparseKernels.Training.Tests.Support;
using Xunit;

namespace SparseKernels.Training.Tests.Distribution;

public class DistributedTrainerTests
{
    [Theory]
    [InlineData(2, "plain")]
    [InlineData(3, "plain")]
    [InlineData(4, "plain")]
    [InlineData(2, "weights of classes")]
    [InlineData(3, "clipped adamw")]
    [InlineData(2, "overlapping")]
    [InlineData(2, "normalised")]
    [InlineData(3, "normalised")]
    public void Run_SeveralRanks_AsOneProcessButForRounding(int ranks, string kind)
    {
        var options = Options(kind);
        using var one = new Trainer(options);
        var reports = new List<EpochReport>();
        Assert.True(one.Run(onEpoch: reports.Add, cancellation: TestContext.Current.CancellationToken));
        ThreadRanks.Run(ranks, communicator =>
        {
            using var trainer = new Trainer(options with { Communicator = communicator });
            var epochs = new List<EpochReport>();
            Assert.True(trainer.Run(onEpoch: epochs.Add));
            foreach (var (expected, got) in one.Network.State.Zip(trainer.Network.State))
                Assert.True(SmallNetwork.Distance(expected.Values, got.Values) < 2e-4, $"{expected.Name}: {SmallNetwork.Distance(expected.Values, got.Values)}");
            foreach (var (expected, got) in reports.Zip(epochs))
            {
                Assert.Equal(expected.TrainingLoss, got.TrainingLoss, 1e-4);
                Assert.Equal(expected.TestLoss, got.TestLoss, 1e-4);
                Assert.Equal(expected.TrainingAccuracy, got.TrainingAccuracy, 1e-9);
                Assert.Equal(expected.TestAccuracy, got.TestAccuracy, 1e-9);
            }

            if (kind is "overlapping" or "normalised") Assert.Equal(kind == "overlapping", trainer.Overlaps);
            Assert.Equal(one.TotalSteps, trainer.Exchange!.Value.Steps);
        });
    }

    [Fact]
    public void Run_PrunedOnTwoRanks_SameBitsOnBothAndOfARepeatAndFewerBytes()
    {
        // Dropout, batch normalisation, masks and a gate.
        var options = Options("everything") with { Epochs = 3 };
        var states = new float[2][][];
        var bytes = new double[2];
        for (var repeat = 0; repeat < 2; repeat++)
        {
            var own = new float[2][][];
            ThreadRanks.Run(2, communicator =>
            {
                using var trainer = new Trainer(options with { Communicator = communicator, Distribution = new() { Overlaps = communicator.Size == 2 } });
                var before = default(ExchangeReport);
                Assert.True(trainer.Run(onStep: step =>
                {
                    if (step.Step == 1) before = trainer.Exchange!.Value;
                }));
                own[communicator.Rank] = [.. trainer.Network.State.Select(tensor => tensor.Values.ToArray())];
                if (communicator.Rank == 0) bytes[0] = before.BytesPerStep;
                if (communicator.Rank == 0) bytes[1] = trainer.Exchange!.Value.BytesPerStep;
                Assert.InRange(trainer.PruningUnit!.Report.Sparsity, 0.05, 0.95);
            });
            for (var i = 0; i < own[0].Length; i++) Assert.Equal(own[0][i], own[1][i]);
            states[repeat] = own[0];
        }

        for (var i = 0; i < states[0].Length; i++) Assert.Equal(states[0][i], states[1][i]);
        Assert.True(bytes[1] < 0.97 * bytes[0], $"{bytes[1]} bytes a step at the end, {bytes[0]} in the first");
    }

    [Fact]
    public void Run_PrunedWithoutImagesHeldOut_EveryRankIsToldTheAccuracyOfTheWholeBatches()
    {
        var options = Options("everything");
        var make = options.Pruning!.Strategy;
        var told = new[] { new List<ValidationResult>(), new List<ValidationResult>() };
        ThreadRanks.Run(2, communicator =>
        {
            var pruning = options.Pruning with { ValidationShare = 0, Strategy = run => new Listener(make(run), told[communicator.Rank]) };
            using var trainer = new Trainer(options with { Communicator = communicator, Pruning = pruning });
            Assert.True(trainer.Run());
        });

        // Twice in each of 2 epochs of 4 batches of 12 images.
        Assert.Equal([24, 24, 24, 24], told[0].Select(result => result.Images));
        Assert.Equal(told[0], told[1]);
    }

    [Fact]
    public void Run_OverlapTried_DecidedAlikeAndTheSameBitsAsNever()
    {
        // 28 steps: 4 to warm up, 18 timed, and some behind the decision.
        var options = Options("plain") with { Epochs = 7 };
        var (tried, never, overlaps) = (new float[2][][], new float[2][][], new bool[2]);
        foreach (var (states, distribution) in new[] { (tried, new DistributionOptions { MessageLength = 64 }), (never, new DistributionOptions { Overlaps = false }) })
        {
            ThreadRanks.Run(2, communicator =>
            {
                using var trainer = new Trainer(options with { Communicator = communicator, Distribution = distribution });
                Assert.True(trainer.Run());
                states[communicator.Rank] = [.. trainer.Network.State.Select(tensor => tensor.Values.ToArray())];
                if (states == tried) overlaps[communicator.Rank] = trainer.Overlaps;
                else Assert.False(trainer.Overlaps);
            });
        }

        Assert.Equal(overlaps[0], overlaps[1]);
        for (var i = 0; i < tried[0].Length; i++) Assert.Equal(never[0][i], tried[1][i]);
    }

    [Fact]
    public void Run_StoppedByOneRankAndResumed_SameBitsAsNeverStopped()
    {
        using var folder = new TemporaryFolder();
        var options = Options("everything") with { Epochs = 2 };
        ThreadRanks.Run(2, communicator =>
        {
            using var whole = new Trainer(options with { Communicator = communicator, CheckpointPath = folder.File("whole.safetensors") });
            Assert.True(whole.Run());
        });
        Stop(options with { CheckpointPath = folder.File("parts.safetensors") }, 2, stopper: 1, afterStep: 3);
        Stop(options with { CheckpointPath = folder.File("parts.safetensors"), Resume = true }, 2, stopper: 0, afterStep: 5);
        ThreadRanks.Run(2, communicator =>
        {
            using var last = new Trainer(options with { Communicator = communicator, CheckpointPath = folder.File("parts.safetensors"), Resume = true });
            Assert.Equal(6, last.Progress.Step);
            Assert.True(last.Run());
        });
        Assert.Equal(File.ReadAllBytes(folder.File("whole.safetensors")), File.ReadAllBytes(folder.File("parts.safetensors")));
        Assert.Equal(File.ReadAllBytes(folder.File("whole.state.safetensors")), File.ReadAllBytes(folder.File("parts.state.safetensors")));
    }

    [Fact]
    public void Run_ResumedWithOtherNumbersOfRanks_GoesOn()
    {
        using var folder = new TemporaryFolder();
        var options = Options("normalised") with { CheckpointPath = folder.File("run.safetensors") };
        using var whole = new Trainer(options with { CheckpointPath = null });
        Assert.True(whole.Run(cancellation: TestContext.Current.CancellationToken));
        Stop(options, 2, stopper: 0, afterStep: 2);
        Stop(options with { Resume = true }, 3, stopper: 2, afterStep: 5);
        using var last = new Trainer(options with { Resume = true });
        Assert.Equal(6, last.Progress.Step);
        Assert.True(last.Run(cancellation: TestContext.Current.CancellationToken));
        foreach (var (expected, got) in whole.Network.State.Zip(last.Network.State)) Assert.True(SmallNetwork.Distance(expected.Values, got.Values) < 2e-4, expected.Name);
    }

    [Fact]
    public void Trainer_OtherOptions_AllRefuseAndNameTheOption()
    {
        var failures = ThreadRanks.Run(
            2, communicator => new Trainer(Options("plain") with { Communicator = communicator, LearningRate = communicator.Rank == 1 ? 0.2f : 0.1f }).Dispose(), out _);
        Assert.All(failures, failure => Assert.Equal(
            "rank 1 of 2: it has learning-rate 0.2, rank 0 has 0.1; all ranks must be given the same.", Assert.IsType<RankFailedException>(failure).Message));
    }

    [Theory]
    [InlineData("seed")]
    [InlineData("test images")]
    [InlineData("validation share")]
    [InlineData("overlap")]
    [InlineData("message length")]
    [InlineData("checkpoint")]
    public void Trainer_OptionThatRanksAloneMustShare_IsRefusedByName(string option)
    {
        using var folder = new TemporaryFolder();
        var failures = ThreadRanks.Run(
            2,
            communicator =>
            {
                var options = Options("everything") with { Communicator = communicator };
                new Trainer(communicator.Rank == 0 ? options : Other(options)).Dispose();
            },
            out _);
        Assert.All(failures, failure => Assert.StartsWith(
            $"rank 1 of 2: it has {option} ", Assert.IsType<RankFailedException>(failure).Message, StringComparison.Ordinal));

        TrainerOptions Other(TrainerOptions options) => option switch
        {
            "seed" => options with { Seed = options.Seed + 1 },
            "test images" => options with { TestData = new ColourDataSet(30) },
            "validation share" => options with { Pruning = options.Pruning! with { ValidationShare = 0.25 } },
            "overlap" => options with { Distribution = new() { Overlaps = false } },
            "message length" => options with { Distribution = new() { MessageLength = 77 } },
            _ => options with { CheckpointPath = folder.File("run.safetensors") },
        };
    }

    [Fact]
    public void Trainer_AnotherFirstWeight_IsRefusedBeforeTheFirstStep()
    {
        var failures = ThreadRanks.Run(
            2,
            communicator => new Trainer(Options("plain") with
            {
                Communicator = communicator,
                NetworkFactory = wanted =>
                {
                    var network = wanted.Make(Layers("plain"));
                    network.Parameters[0].Value[3] += communicator.Rank;
                    return network;
                },
            }).Dispose(),
            out _);
        Assert.All(failures, failure => Assert.StartsWith(
            "c1.weight differs between rank 0 and rank 1 at step 0", Assert.IsType<RankFailedException>(failure).Message, StringComparison.Ordinal));
    }

    [Fact]
    public void Trainer_AnotherVersion_AllRefuseAndNameBoth()
    {
        var own = Options("plain").Version;
        Assert.Matches(@"^\d+\.\d+\.\d+", own);
        var failures = ThreadRanks.Run(
            3, communicator => new Trainer(Options("plain") with { Communicator = communicator, Version = communicator.Rank == 2 ? "0.0.1+older" : own }).Dispose(), out _);
        Assert.All(failures, failure => Assert.Equal(
            $"rank 2 of 3: it has version 0.0.1+older, rank 0 has {own}; all ranks must be given the same.", Assert.IsType<RankFailedException>(failure).Message));
    }

    [Fact]
    public void Trainer_OneRankThatCannotTrain_AllRefuseWithItsReason()
    {
        using var folder = new TemporaryFolder();
        var failures = ThreadRanks.Run(
            3,
            communicator => new Trainer(Options("plain") with
            {
                Communicator = communicator,
                CheckpointPath = communicator.Rank == 1 ? folder.File("none/run.safetensors") : folder.File("run.safetensors"),
            }).Dispose(),
            out _);
        Assert.IsType<DirectoryNotFoundException>(failures[1]);
        Assert.All([failures[0]!, failures[2]!], failure => Assert.StartsWith("rank 1 of 3: the folder", Assert.IsType<RankFailedException>(failure).Message, StringComparison.Ordinal));
    }

    [Fact]
    public void Run_OneRankFailsAlone_EndsAllAndNamesTheCheckpoint()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("run.safetensors");
        var failures = ThreadRanks.Run(
            2,
            communicator =>
            {
                using var trainer = new Trainer(Options("plain") with { Communicator = communicator, CheckpointPath = path });
                trainer.Run(onStep: step =>
                {
                    if (step.Step == 3 && communicator.Rank == 1) throw new IOException("the disk is gone.");
                });
            },
            out var reason);
        Assert.All(failures, Assert.NotNull);
        Assert.Equal($"rank 1 of 2: the disk is gone.; the run goes on from its last checkpoint, {path}, with --resume", reason);
        Assert.Equal(0, Checkpoint.Load(path).Progress.Step);
    }

    [Fact]
    public void Run_OneWeightDiffers_StopsAtTheEpochsEndAndNamesIt()
    {
        var failures = ThreadRanks.Run(
            3,
            communicator =>
            {
                using var trainer = new Trainer(Options("plain") with { Communicator = communicator });
                trainer.Run(onStep: step =>
                {
                    if (step.Step != 2 || communicator.Rank != 2) return;
                    trainer.Network.Parameters[2].Value[5] = float.BitIncrement(trainer.Network.Parameters[2].Value[5]);
                    trainer.Network.Touch();
                });
            },
            out _);
        Assert.All(failures, failure => Assert.StartsWith(
            "c2.weight differs between rank 0 and rank 2 at step 4", Assert.IsType<RankFailedException>(failure).Message, StringComparison.Ordinal));
    }

    [Fact]
    public void Run_Diverged_AllThrowIt()
    {
        var failures = ThreadRanks.Run(
            2,
            communicator =>
            {
                using var trainer = new Trainer(Options("plain") with { Communicator = communicator, LearningRate = 1e30f, WarmUp = 0 });
                trainer.Run();
            },
            out var reason);
        Assert.All(failures, failure => Assert.IsType<TrainingDivergedException>(failure));
        Assert.Null(reason);
    }

    [Fact]
    public void Trainer_FewerImagesThanRanks_SaysSo() => Assert.All(
        ThreadRanks.Run(3, communicator => new Trainer(Options("plain") with { Communicator = communicator, Batch = 2 }).Dispose(), out _),
        failure => Assert.Contains("an image for each of 3 ranks, got 2", failure!.Message, StringComparison.Ordinal));

    private static void Stop(TrainerOptions options, int ranks, int stopper, long afterStep) => ThreadRanks.Run(ranks, communicator =>
    {
        using var stop = new CancellationTokenSource();
        using var trainer = new Trainer(options with { Communicator = communicator });
        Assert.False(trainer.Run(
            onStep: step =>
            {
                if (step.Step == afterStep && communicator.Rank == stopper) stop.Cancel();
            },
            cancellation: stop.Token));

        // All know it after the step in which it was said.
        Assert.Equal(afterStep + 1, trainer.Progress.Step);
    });

    private static Layer[] Layers(string kind) => kind is "normalised" or "everything"
        ?
        [
            new Conv2d("c1", 3, 20, 3, padding: 1), new BatchNorm2d("bn1", 20, relu: true), new Conv2d("c2", 20, 33, 3, padding: 1), new PooledBatchNorm2d("bn2", 33, 2),
            new Dropout("drop", kind == "everything" ? 0.2f : 0), new Conv2d("c3", 33, 18, 3, stride: 2), new Linear("fc", new(18, 1, 1), 3),
        ]
        :
        [
            new Conv2d("c1", 3, 20, 3, padding: 1), new Relu("r1"), new Conv2d("c2", 20, 33, 3, padding: 1), new Relu("r2"),
            new Conv2d("c3", 33, 18, 3, stride: 2), new Linear("fc", new(18, 3, 3), 3),
        ];

    private static TrainerOptions Options(string kind)
    {
        var options = new TrainerOptions
        {
            TrainingData = new ColourDataSet(54),
            TestData = new ColourDataSet(29),
            Normalisation = new Normalisation([0.5f, 0.4f, 0.6f], [0.3f, 0.3f, 0.3f]),
            Augmentation = Augmentation.CropAndFlip,
            Model = "small",
            NetworkFactory = wanted => wanted.Make(Layers(kind)),
            Epochs = 2,
            Batch = 12,
            LearningRate = 0.1f,
            WarmUp = 0.2f,
            Topology = ComputeTopology.FromThreads(1),
            Schedule = KernelSchedule.Reproducible,
        };
        return kind switch
        {
            "weights of classes" => options with { ClassWeights = [1, 3, 0.5f], LabelSmoothing = 0.1f },
            "clipped adamw" => options with { Optimiser = OptimiserKind.AdamW, LearningRate = 0.002f, ClipNorm = 0.5f },
            "overlapping" => options with { Distribution = new() { Overlaps = true, MessageLength = 64 } },
            "normalised" => options with { Distribution = new() { SynchronisesStatistics = true } },
            "everything" => options with
            {
                Pruning = new PruningSettings { Validation = 0.15, Begin = 0.05, Tolerance = 1, FineStep = 0.4, CoarseStep = 0.2, Evaluations = 2 }.ToOptions(),
            },
            _ => options,
        };
    }
}
