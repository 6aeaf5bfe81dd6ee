using SparseKernels.Pruning;
using SparseKernels.Pruning.Strategies;
using SparseKernels.TestSupport;
using SparseKernels.Threading;
using SparseKernels.Training.Checkpoints;
using SparseKernels.Training.Data;
using SparseKernels.Training.Files;
using SparseKernels.Training.Parameters;
using SparseKernels.Training.Pruning;
using SparseKernels.Training.Tests.Support;
using Xunit;

namespace SparseKernels.Training.Tests.Pruning;

[Collection(SoloCollection.Name)]
public class PrunedTrainingTests
{
    /// <summary>A gate that lets prune at every evaluation, whatever the accuracy.</summary>
    private static readonly PruningSettings s_eager = new()
    {
        Validation = 0.2,
        Evaluations = 2,
        Tolerance = 1,
        Begin = 0.05,
        End = 0.9,
        FineThreshold = 0.6,
        FineStep = 0.3,
        SimilarityMinimumLive = 2,
    };

    public static TheoryData<PruningStrategyKind> Strategies { get; } = [.. Enum.GetValues<PruningStrategyKind>()];

    public static MatrixTheoryData<PruningStrategyKind, bool, double> StrategiesOrdersAndShares { get; } = new(
        Enum.GetValues<PruningStrategyKind>(), [false, true], [0.2, 0]);

    [Theory]
    [MemberData(nameof(Strategies))]
    public void Run_EveryStrategy_PrunesAndKeepsZerosToTheEnd(PruningStrategyKind strategy)
    {
        using var folder = new TemporaryFolder();
        var settings = s_eager with { Strategy = strategy, Sparsity = 0.8, Interval = 4 };
        using var trainer = new Trainer(Options(folder.File("run.safetensors"), settings));
        var steps = new List<StepReport>();
        var epochs = new List<EpochReport>();
        Assert.True(trainer.Run(steps.Add, epochs.Add, TestContext.Current.CancellationToken));

        var report = trainer.PruningUnit!.Report;
        Assert.Equal(["conv2.weight", "fc1.weight", "fc2.weight"], report.Layers.Select(layer => layer.Name));
        if (strategy == PruningStrategyKind.Gated) Assert.InRange(report.Sparsity, 0.5, 1);
        else Assert.Equal(0.8, report.Sparsity, 0.01);
        Assert.Equal(strategy == PruningStrategyKind.RigL, report.Layers.Any(layer => layer.WeightsGrown > 0));
        Assert.Equal(report.Sparsity, epochs[^1].Pruning!.Sparsity);
        Assert.Equal(report.CoarseSparsity, epochs[^1].Pruning!.CoarseSparsity);
        Assert.Equal(strategy == PruningStrategyKind.Gated, epochs[^1].Pruning!.Gate is not null);
        Assert.All(epochs, epoch => Assert.True(epoch.StepTime > TimeSpan.Zero));

        // Others judge by nothing, and train on all images.
        var judges = strategy == PruningStrategyKind.Gated;
        Assert.Equal(judges ? 16 : 0, trainer.ValidationImages);
        Assert.Equal(judges, epochs[^1].Pruning!.ValidationAccuracy is >= 0 and <= 1);
        Assert.All(epochs, epoch => Assert.Equal(judges, epoch.ValidationTime > TimeSpan.Zero));
        Assert.True(steps[^1].Pruning!.Sparsity > steps[0].Pruning!.Sparsity || strategy == PruningStrategyKind.RigL);

        var saved = Checkpoint.Load(folder.File("run.safetensors"));
        foreach (var mask in saved.Masks)
        {
            var (value, momentum) = (saved.Model.Single(tensor => tensor.Name == mask.Name).Values, saved.Optimiser.Single(tensor => tensor.Name == mask.Name).Values);
            var layer = trainer.PruningUnit.Layers.Single(layer => layer.Name == mask.Name);
            Assert.Equal(layer.Mask.Count, mask.Mask.Count);
            for (var i = 0; i < value.Length; i++)
            {
                if (layer.Mask[i]) continue;

                // The file keeps no pruned weights: what is in memory counts too.
                Assert.Equal((0f, 0f), (value[i], momentum[i]));
                Assert.Equal((0f, 0f), (layer.Weights.Span[i], layer.Momentum.Span[i]));
            }
        }
    }

    /// <summary>Whoever updates them must hold pruned weights at zero: what they are zero by elsewhere, their gradient, is none here.</summary>
    [Theory]
    [MemberData(nameof(Strategies))]
    public void Run_EveryStrategyWithGradientsOfPrunedWeights_IsZeroOutsideItsMasksAfterEveryStep(PruningStrategyKind strategy)
    {
        using var folder = new TemporaryFolder();
        var options = Options(folder.File("run.safetensors"), s_eager with { Strategy = strategy, Sparsity = 0.8, Interval = 4 });
        var make = options.Pruning!.Strategy;
        using var trainer = new Trainer(options with { Pruning = options.Pruning with { Strategy = run => new WholeGradients(make(run)) } });
        var pulled = 0;
        trainer.Run(
            onStep: step =>
            {
                foreach (var layer in trainer.PruningUnit!.Layers)
                {
                    for (var i = layer.Mask.NextDead(0, layer.Shape.WeightLength); i < layer.Shape.WeightLength; i = layer.Mask.NextDead(i + 1, layer.Shape.WeightLength))
                    {
                        if (layer.Gradient.Span[i] != 0) pulled++;
                        Assert.True((layer.Weights.Span[i], layer.Momentum.Span[i]) == (0f, 0f), $"step {step.Step}: {layer.Name}[{i}]");
                    }
                }
            },
            cancellation: TestContext.Current.CancellationToken);
        Assert.InRange(trainer.PruningUnit!.Report.Sparsity, 0.5, 1);
        Assert.True(pulled > 10_000, $"{pulled} gradients");
    }

    [Theory]
    [MemberData(nameof(StrategiesOrdersAndShares))]
    public void Run_CancelledAndResumed_SameBitsAsNeverStopped(PruningStrategyKind strategy, bool channelOrder, double validation)
    {
        using var folder = new TemporaryFolder();
        var settings = s_eager with { Strategy = strategy, Sparsity = 0.8, Interval = 4, Similarity = 0.9, SimilarityLowest = 0.8, SimilarityRounds = 2, SimilarityInterval = 3, SimilarityCheck = true, ChannelOrder = channelOrder, Validation = validation };
        using var whole = new Trainer(Options(folder.File("whole.safetensors"), settings));
        Assert.True(whole.Run(cancellation: TestContext.Current.CancellationToken));

        // Right before and after prunings and evaluations, of which there are two in each 10 steps.
        var options = Options(folder.File("parts.safetensors"), settings);
        foreach (var step in new long[] { 3, 5, 9, 15, 21 })
        {
            Stop(options, step);
            options = options with { Resume = true };
        }

        using var last = new Trainer(options with { Topology = ComputeTopology.FromThreads(1) });
        Assert.True(last.Run(cancellation: TestContext.Current.CancellationToken));
        foreach (var (expected, got) in whole.Network.State.Zip(last.Network.State)) Assert.Equal(expected.Values, got.Values);
        Assert.Equal(whole.PruningUnit!.Report.Layers.Select(WithoutCores), last.PruningUnit!.Report.Layers.Select(WithoutCores));
        Assert.Equal(strategy == PruningStrategyKind.Gated, whole.PruningUnit.Report.Layers.Any(layer => layer.PairsCompared > 0));
        Assert.Equal(File.ReadAllBytes(folder.File("whole.state.safetensors")), File.ReadAllBytes(folder.File("parts.state.safetensors")));
        Assert.Equal(File.ReadAllBytes(folder.File("whole.safetensors")), File.ReadAllBytes(folder.File("parts.safetensors")));
    }

    [Fact]
    public void Run_NoImagesHeldOut_JudgesByThoseTrainedOnSinceTheLastTime()
    {
        using var folder = new TemporaryFolder();
        var options = Options(folder.File("run.safetensors"), s_eager with { Validation = 0 });
        var make = options.Pruning!.Strategy;
        var told = new List<ValidationResult>();
        var expected = new List<ValidationResult>();
        using var trainer = new Trainer(options with { Pruning = options.Pruning with { Strategy = run => new Listener(make(run), told) } });
        var (right, images) = (0, 0);
        trainer.Run(
            onStep: step =>
            {
                Assert.Equal(0, trainer.ValidationImages);
                (right, images) = (right + step.Result.Correct, images + step.Result.Count);
                if (step.Batch % 5 != 0) return;
                expected.Add(new ValidationResult((double)right / images, images));
                (right, images) = (0, 0);
            },
            cancellation: TestContext.Current.CancellationToken);

        // Twice in each of 3 epochs of 10 batches of 8 images.
        Assert.Equal(6, told.Count);
        Assert.Equal(expected, told);
        Assert.True(expected.Select(result => result.Accuracy).Distinct().Count() > 1, "the same accuracy each time");
        Assert.InRange(trainer.PruningUnit!.Report.Sparsity, 0.5, 1);
    }

    [Fact]
    public void Run_NoImagesHeldOutCancelledBetweenEvaluations_GoesOnCounting()
    {
        using var folder = new TemporaryFolder();
        var (whole, parts) = (new List<ValidationResult>(), new List<ValidationResult>());
        using var trainer = new Trainer(Heard("whole.safetensors", whole));
        Assert.True(trainer.Run(cancellation: TestContext.Current.CancellationToken));
        var options = Heard("parts.safetensors", parts);
        foreach (var step in new long[] { 3, 5, 9, 21 })
        {
            Stop(options, step);
            options = options with { Resume = true };
        }

        using var last = new Trainer(options);
        Assert.True(last.Run(cancellation: TestContext.Current.CancellationToken));
        Assert.Equal(6, whole.Count);
        Assert.Equal(whole, parts);

        TrainerOptions Heard(string name, List<ValidationResult> told)
        {
            var options = Options(folder.File(name), s_eager with { Validation = 0 });
            var make = options.Pruning!.Strategy;
            return options with { Pruning = options.Pruning with { Strategy = run => new Listener(make(run), told) } };
        }
    }

    /// <summary>The layers' times are predicted by their plans; a stopped run is reported after its network is gone.</summary>
    [Fact]
    public void Report_AfterARun_PredictsTimesAsLongAsThereIsANetwork()
    {
        using var folder = new TemporaryFolder();
        var trainer = new Trainer(Options(folder.File("run.safetensors"), s_eager with { For = PruneFor.Time }));
        Assert.True(trainer.Run(cancellation: TestContext.Current.CancellationToken));
        var report = trainer.PruningUnit!.Report;
        Assert.True(report.Sparsity > 0.3);
        Assert.All(report.Layers, layer => Assert.True(layer.StepSeconds > 0 && layer.EvenStepSeconds <= layer.StepSeconds));
        var density = new OperandDensity(0.1, 0.4);
        Assert.All(trainer.PruningUnit.Layers, layer => Assert.Equal(
            trainer.Network.Plans.Single(plan => $"{plan.Name}.weight" == layer.Name).Plan.PredictedSeconds(density), layer.StepSeconds!(density)));
        trainer.Dispose();
        Assert.All(trainer.PruningUnit.Report.Layers, layer => Assert.Null(layer.StepSeconds));
    }

    /// <summary>What of a report doesn't depend on the machine.</summary>
    private static LayerPruningReport WithoutCores(LayerPruningReport report) =>
        report with { CoreImbalance = 0, CoreImbalanceAtFirst = 0, StepSeconds = null };

    /// <summary>20 of 30 steps are judged: those of the first two epochs, with the third's images all trained on.</summary>
    [Theory]
    [InlineData(PruningStrategyKind.Gradual)]
    [InlineData(PruningStrategyKind.OneShot)]
    [InlineData(PruningStrategyKind.RigL)]
    public void Run_JudgedUntilAShareOfTheRun_HoldsImagesOutThatLongAndStopsAndGoesOnTheSame(PruningStrategyKind strategy)
    {
        using var folder = new TemporaryFolder();
        var settings = s_eager with { Strategy = strategy, Sparsity = 0.8, Interval = 4, JudgedUntil = 0.6 };
        using var whole = new Trainer(Options(folder.File("whole.safetensors"), settings));
        var held = new List<int>();
        var epochs = new List<EpochReport>();
        Assert.True(whole.Run(_ => held.Add(whole.ValidationImages), epochs.Add, TestContext.Current.CancellationToken));
        Assert.Equal([.. Enumerable.Repeat(16, 20), .. Enumerable.Repeat(0, 10)], held);
        Assert.Equal([true, true, false], epochs.Select(epoch => epoch.ValidationTime > TimeSpan.Zero));
        Assert.Equal([true, true, false], epochs.Select(epoch => epoch.Pruning!.ValidationAccuracy is not null));
        Assert.Equal(0.8, whole.PruningUnit!.Report.Sparsity, 0.01);

        var options = Options(folder.File("parts.safetensors"), settings);
        foreach (var step in new long[] { 4, 17, 20, 24 })
        {
            Stop(options, step);
            options = options with { Resume = true };
        }

        using var last = new Trainer(options);
        Assert.True(last.Run(cancellation: TestContext.Current.CancellationToken));
        Assert.Equal(File.ReadAllBytes(folder.File("whole.state.safetensors")), File.ReadAllBytes(folder.File("parts.state.safetensors")));
    }

    [Fact]
    public void Run_GateOver_TrainsOnAllImagesAndStopsAndGoesOnTheSame()
    {
        using var folder = new TemporaryFolder();
        var settings = s_eager with { MaximumSparsity = 0.4 };
        using var whole = new Trainer(Options(folder.File("whole.safetensors"), settings));
        var held = new List<int>();
        var epochs = new List<EpochReport>();
        Assert.True(whole.Run(_ => held.Add(whole.ValidationImages), epochs.Add, TestContext.Current.CancellationToken));

        // Pruned after steps 5 and 10, and found good enough after step 15: the third epoch trains on all images.
        Assert.Equal([.. Enumerable.Repeat(16, 20), .. Enumerable.Repeat(0, 10)], held);
        Assert.Equal([true, true, false], epochs.Select(epoch => epoch.ValidationTime > TimeSpan.Zero));
        Assert.Equal([true, true, false], epochs.Select(epoch => epoch.Pruning!.ValidationAccuracy is not null));

        var options = Options(folder.File("parts.safetensors"), settings);
        foreach (var step in new long[] { 13, 17, 20, 24 })
        {
            Stop(options, step);
            options = options with { Resume = true };
        }

        using var last = new Trainer(options);
        Assert.True(last.Run(cancellation: TestContext.Current.CancellationToken));
        Assert.Equal(File.ReadAllBytes(folder.File("whole.state.safetensors")), File.ReadAllBytes(folder.File("parts.state.safetensors")));
    }

    /// <summary>Without an accuracy to judge by, channels are ordered at the end of each epoch.</summary>
    [Fact]
    public void Run_ChannelOrder_SameZerosMoreOfThemCoarse()
    {
        using var folder = new TemporaryFolder();
        PruningReport[] reports = [.. new[] { false, true }.Select(ordered =>
        {
            var settings = s_eager with { Strategy = PruningStrategyKind.OneShot, Sparsity = 0.9, Begin = 0.3, ChannelOrder = ordered };
            using var trainer = new Trainer(Options(folder.File($"{ordered}.safetensors"), settings));
            trainer.Run(cancellation: TestContext.Current.CancellationToken);
            return trainer.PruningUnit!.Report;
        })];
        Assert.Equal(reports[0].Layers.Select(layer => layer.LiveWeights), reports[1].Layers.Select(layer => layer.LiveWeights));
        Assert.True(reports[1].CoarseShare > reports[0].CoarseShare + 0.02, $"{reports[0].CoarseShare} to {reports[1].CoarseShare}");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Run_NeverRecovers_TheWholeNetworkOfTheLastRecoveryComesBack(bool channelOrder)
    {
        using var folder = new TemporaryFolder();
        var options = Options(folder.File("run.safetensors"), s_eager with { ChannelOrder = channelOrder }) with { Model = "resnet20", TrainingData = new ColourDataSet(60), TestData = new ColourDataSet(12), Normalisation = new Normalisation([0.5f, 0.5f, 0.5f], [0.3f, 0.3f, 0.3f]) };
        var scripted = new Scripted();
        using var trainer = new Trainer(options with { Pruning = options.Pruning! with { Strategy = _ => scripted } });
        float[][]? kept = null;
        var restored = false;
        scripted.AfterAnswer = answer =>
        {
            // The answer comes before it is followed.
            if (answer == PruningAction.Snapshot) kept = [.. trainer.Network.State.Select(tensor => tensor.Values.ToArray()), .. trainer.Network.Parameters.Select(parameter => parameter.Momentum.ToArray())];
        };
        trainer.Run(
            onStep: step =>
            {
                if (step.Step != scripted.RestoreStep) return;
                Assert.Equal(channelOrder, trainer.PruningUnit!.Report.CoarseSparsity > 0.2);
                Assert.Contains(trainer.Network.State.Zip(kept!), pair => !pair.First.Values.AsSpan().SequenceEqual(pair.Second));
            },
            onEpoch: epoch =>
            {
                if (epoch.Epoch != 3) return;
                var now = trainer.Network.State.Select(tensor => tensor.Values).Concat(trainer.Network.Parameters.Select(parameter => parameter.Momentum)).ToArray();
                Assert.Equal(kept!.Length, now.Length);
                for (var i = 0; i < now.Length; i++) Assert.Equal(kept[i], now[i]);
                Assert.Equal(0, trainer.PruningUnit!.Report.Sparsity);
                restored = true;
            },
            cancellation: TestContext.Current.CancellationToken);
        Assert.True(restored);
    }

    [Fact]
    public void Run_KeptStateAcrossAResume_ComesBackToo()
    {
        using var folder = new TemporaryFolder();
        var settings = s_eager with { Tolerance = 0, StandardErrors = 0, Patience = 1000, FineThreshold = 5, MaximumSparsity = 1 };
        using var whole = new Trainer(Options(folder.File("whole.safetensors"), settings));
        Assert.True(whole.Run(cancellation: TestContext.Current.CancellationToken));

        var options = Options(folder.File("parts.safetensors"), settings);
        Stop(options, afterStep: 17);
        Assert.NotNull(Checkpoint.Load(folder.File("parts.safetensors")).Pruning!.Kept);
        using var last = new Trainer(options with { Resume = true });
        Assert.True(last.Run(cancellation: TestContext.Current.CancellationToken));
        Assert.Equal(File.ReadAllBytes(folder.File("whole.state.safetensors")), File.ReadAllBytes(folder.File("parts.state.safetensors")));

        // Nothing is left over: the run is at its end.
        Assert.Null(Checkpoint.Load(folder.File("parts.safetensors")).Pruning!.Kept);
    }

    /// <summary>A run's own state file, each value of its metadata replaced by what is none: no value is passed over.</summary>
    [Fact]
    public void Resume_AnyMetadataValueThatIsNone_IsRefused()
    {
        using var folder = new TemporaryFolder();
        var options =
            Options(folder.File("run.safetensors"), s_eager with { Tolerance = 0, StandardErrors = 0, Patience = 1000, FineThreshold = 5, MaximumSparsity = 1 });
        Stop(options, afterStep: 17);
        var state = Checkpoint.StatePath(options.CheckpointPath!);
        var whole = SafetensorsFile.Read(state);
        var accepted = new List<string>();
        foreach (var (key, value) in whole.Metadata)
        {
            foreach (var none in new[] { "", "1e308", "Infinity", "-1", "none at all" }.Where(none => none != value))
            {
                var metadata = new Dictionary<string, string>(whole.Metadata) { [key] = none };
                using (var stream = File.Create(state)) new SafetensorsFile(whole.Tensors, whole.Bytes, metadata).WriteTo(stream);
                var thrown = Record.Exception(() => new Trainer(options with { Resume = true }).Dispose());
                if (thrown is not (InvalidDataException or ArgumentException))
                    accepted.Add($"{key}: '{none}' gave {thrown?.ToString() ?? "a run"}");
            }
        }

        Assert.Empty(accepted);
    }

    [Fact]
    public void Run_RecoveredAtTheMaximum_KeepsNoCopyAnyMore()
    {
        using var folder = new TemporaryFolder();
        var options = Options(folder.File("run.safetensors"), s_eager with { Tolerance = 1, FineThreshold = 5, MaximumSparsity = 0.5 });
        Stop(options, afterStep: 17);
        var progress = Checkpoint.Load(folder.File("run.safetensors")).Pruning!;
        Assert.Equal(1, progress.Numbers["finished"]);
        Assert.Null(progress.Kept);
    }

    [Fact]
    public void Run_ValidationLossNotFinite_GateSeesNoAccuracyAndRestores()
    {
        using var folder = new TemporaryFolder();
        var settings = s_eager with { Tolerance = 0, Patience = 1, Validation = 0.3 };
        var data = new NoiseDataSet(80);
        using var trainer = new Trainer(Options(folder.File("run.safetensors"), settings) with { TrainingData = data, Epochs = 2 });
        var last = trainer.Network.Parameters[^1];
        var before = 0;
        trainer.Run(
            onStep: step =>
            {
                // An evaluation follows at once, before any step could see it.
                if (step.Pruning!.Gate!.Value.Periods == 0 || before > 0 || step.Batch is not (5 or 10)) return;
                last.Value[0] = float.NaN;
                before++;
            },
            onEpoch: epoch =>
            {
                if (before == 0) return;
                Assert.True(epoch.Pruning!.Gate!.Value.Finished);
                Assert.All(trainer.Network.State, tensor => Assert.All(tensor.Values, value => Assert.True(float.IsFinite(value))));
            },
            cancellation: TestContext.Current.CancellationToken);
        Assert.True(before > 0);
    }

    [Fact]
    public void Run_LossDiverges_ThrowsAndKeepsTheLastCheckpointWithItsMasks()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("run.safetensors");
        using var trainer = new Trainer(Options(path, s_eager with { Strategy = PruningStrategyKind.OneShot, Begin = 0.02 }) with { CheckpointInterval = TimeSpan.FromTicks(1) });

        // The last bias: a NaN before it may meet nothing but pruned weights, which kernels that skip weights pass by.
        var last = trainer.Network.Parameters[^1];
        Assert.EndsWith(".bias", last.Name);
        Assert.Throws<TrainingDivergedException>(() => trainer.Run(
            onStep: step =>
            {
                if (step.Step == 4) last.Value[0] = float.NaN;
            },
            cancellation: TestContext.Current.CancellationToken));
        var saved = Checkpoint.Load(path);
        Assert.Equal(4, saved.Progress.Step);
        Assert.Equal(3, saved.Masks.Count);
    }

    /// <summary>The rate of a layer of which a sixteenth is left is four times as high; that of all else is as it was.</summary>
    [Fact]
    public void Run_RateExponent_MovesPrunedLayersFurtherAfterThePruning()
    {
        using var folder = new TemporaryFolder();
        var moved = new List<double[]>();
        foreach (var exponent in new[] { 0, 0.5 })
        {
            var settings = s_eager with { Strategy = PruningStrategyKind.OneShot, Sparsity = 15.0 / 16, Scope = MagnitudeScope.Layer, Begin = 0.1, ChannelOrder = false, RateExponent = exponent };
            using var trainer = new Trainer(Options(folder.File("run.safetensors"), settings) with { Epochs = 1 });
            var parameters = trainer.Network.Parameters.Where(parameter => parameter.Name.EndsWith(".weight", StringComparison.Ordinal)).ToArray();
            var before = Copy(parameters);
            var distances = new List<double>();
            var pruned = false;
            trainer.Run(
                onStep: step =>
                {
                    // The step that prunes still has the rates from before; the next one moves by the new ones.
                    if (pruned && distances.Count == 0)
                        distances.AddRange(parameters.Select((parameter, i) => Distance(before[i], parameter.Value)));
                    pruned = step.Pruning!.Sparsity > 0;
                    before = Copy(parameters);
                },
                cancellation: TestContext.Current.CancellationToken);
            moved.Add([.. distances]);
        }

        // The first and the last layer are not pruned.
        Assert.Equal(5, moved[0].Length);
        for (var i = 0; i < 5; i++) Assert.Equal(i is 0 or 4 ? 1 : 4, moved[1][i] / moved[0][i], 0.05);

        static float[][] Copy(Parameter[] parameters) => [.. parameters.Select(parameter => (float[])parameter.Value.Clone())];
        static double Distance(float[] a, float[] b) => Math.Sqrt(a.Zip(b, (x, y) => (double)(x - y) * (x - y)).Sum());
    }

    [Fact]
    public void Run_DenseCheckpoint_PlainTensorsOfTheSameValues()
    {
        using var folder = new TemporaryFolder();
        var settings = s_eager with { Strategy = PruningStrategyKind.OneShot, Sparsity = 0.95 };
        foreach (var dense in new[] { false, true })
        {
            using var trainer = new Trainer(Options(folder.File($"{dense}.safetensors"), settings) with { DenseCheckpoint = dense });
            trainer.Run(cancellation: TestContext.Current.CancellationToken);
        }

        var (sparse, plain) = (WeightsFile.Read(folder.File("False.safetensors")), WeightsFile.Read(folder.File("True.safetensors")));
        Assert.Equal((3, 0), (sparse.Masks.Count, plain.Masks.Count));
        foreach (var (expected, got) in plain.Tensors.Zip(sparse.Tensors)) Assert.Equal(expected.Values, got.Values);
        Assert.True(3 * new FileInfo(folder.File("False.safetensors")).Length < new FileInfo(folder.File("True.safetensors")).Length);
        Assert.Equal(File.ReadAllBytes(folder.File("False.state.safetensors")), File.ReadAllBytes(folder.File("True.state.safetensors")));
    }

    [Fact]
    public void Constructor_BadPruning_IsNamedAndNothingIsWritten()
    {
        using var folder = new TemporaryFolder();
        var options = Options(folder.File("run.safetensors"), s_eager);
        var pruning = options.Pruning!;
        Assert.Throws<ArgumentOutOfRangeException>(
            "ValidationShare", () => new Trainer(options with { Pruning = pruning with { ValidationShare = 1 } }));
        Assert.Throws<ArgumentOutOfRangeException>(
            "EvaluationsPerEpoch", () => new Trainer(options with { Pruning = pruning with { EvaluationsPerEpoch = 0 } }));
        Assert.Throws<ArgumentOutOfRangeException>(
            "RateExponent", () => new Trainer(options with { Pruning = pruning with { RateExponent = -0.5f } }));
        Assert.Throws<ArgumentNullException>("Strategy", () => new Trainer(options with { Pruning = pruning with { Strategy = null! } }));
        Assert.Throws<ArgumentException>("options", () => new Trainer(options with { Pruning = pruning with { Strategy = _ => null! } }));
        Assert.Throws<ArgumentException>(
            "denseLayers", () => new Trainer(options with { Pruning = pruning with { DenseLayers = ["conv9"] } }));
        Assert.Contains(
            "at most the 64 images to train on",
            Assert.Throws<ArgumentOutOfRangeException>("Batch", () => new Trainer(options with { Batch = 70 })).Message,
            StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(folder.Path));

        Stop(options, afterStep: 1);
        Assert.Contains(
            "had pruning {", Assert.Throws<ArgumentException>(() => new Trainer(options with { Resume = true, Pruning = null })).Message,
            StringComparison.Ordinal);
        Assert.Contains("\"patience\":2", Assert.Throws<ArgumentException>(() => new Trainer(options with { Resume = true, Pruning = (s_eager with { Patience = 2 }).ToOptions() })).Message, StringComparison.Ordinal);
    }

    private static void Stop(TrainerOptions options, long afterStep)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        using var trainer = new Trainer(options);
        Assert.False(trainer.Run(
            onStep: step =>
            {
                if (step.Step == afterStep) stop.Cancel();
            },
            cancellation: stop.Token));
    }

    private static TrainerOptions Options(string path, PruningSettings pruning) => new()
    {
        TrainingData = new NoiseDataSet(80),
        TestData = new NoiseDataSet(11),
        Normalisation = new Normalisation([0.5f], [0.3f]),
        Augmentation = Augmentation.CropAndFlip,
        Model = "lenet",
        Epochs = 3,
        Batch = 8,
        WarmUp = 0.2f,
        Topology = ComputeTopology.FromThreads(2),
        CheckpointPath = path,
        Schedule = KernelSchedule.Reproducible,
        Pruning = pruning.ToOptions(),
    };

    /// <summary>
    /// Keeps at the fourth evaluation, prunes half of all, of each output channel filters that the next one keeps, and at the sixth brings
    /// back: the end of the third epoch.
    /// </summary>
    private sealed class Scripted : IPruningStrategy
    {
        private int _evaluations;
        private bool _prunes;

        public string Name => "scripted";

        public Action<PruningAction>? AfterAnswer { get; set; }

        /// <summary>The last step before the copy comes back.</summary>
        public long RestoreStep => 21;

        public void AfterUpdate(long step, IReadOnlyList<PrunedLayer> layers)
        {
            if (!_prunes) return;
            _prunes = false;
            foreach (var layer in layers)
            {
                var (row, taps) = (layer.Shape.WeightLength / layer.Shape.K, layer.Shape.R * layer.Shape.S);
                for (var i = 0; i < layer.Shape.WeightLength; i++)
                {
                    if ((i / row + i / taps) % 2 == 0) layer.Prune(i);
                }
            }
        }

        public PruningAction OnEvaluation(double accuracy, IReadOnlyList<PrunedLayer> layers)
        {
            var answer = ++_evaluations switch
            {
                4 => PruningAction.Snapshot,
                6 => PruningAction.Restore,
                _ => PruningAction.Continue,
            };
            _prunes = answer == PruningAction.Snapshot;
            AfterAnswer?.Invoke(answer);
            return answer;
        }
    }
}
