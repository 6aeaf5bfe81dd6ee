using System.Globalization;
using SparseKernels.Threading;
using SparseKernels.Training.Checkpoints;
using SparseKernels.Training.Data;
using SparseKernels.Training.Networks;
using SparseKernels.Training.Optimisation;
using SparseKernels.Training.Pruning;

namespace SparseKernels.Training;

/// <summary>What a <see cref="Trainer"/> trains, on what and how.</summary>
public sealed partial record TrainerOptions
{
    /// <summary>The key of <see cref="Checkpoint.Settings"/> under which <see cref="Normalisation"/> is kept, for <see cref="Normalisation.Parse"/>.</summary>
    public const string NormalisationSetting = "normalisation";

    /// <summary>The images to learn from.</summary>
    public required IDataSet TrainingData { get; init; }

    /// <summary>The images that measure accuracy after each epoch; of the same sizes and classes.</summary>
    public required IDataSet TestData { get; init; }

    /// <summary>Applied to all images.</summary>
    public required Normalisation Normalisation { get; init; }

    /// <summary>Applied to training images before, to what the data set's own augmentation gave.</summary>
    public Augmentation Augmentation { get; init; } = Augmentation.None;

    /// <summary>
    /// The network: one of <see cref="Models.ModelCatalogue.Names"/>, or any name for what <see cref="NetworkFactory"/> makes. Checkpoints keep it, and a run
    /// goes on only under the same name.
    /// </summary>
    public string Model { get; init; } = "vgg-small";

    /// <summary>Makes a network of one's own, of the name and sizes that it is told; null, the default, for a model of the catalogue.</summary>
    public Func<NetworkRequest, Network>? NetworkFactory { get; init; }

    /// <summary>Times that all training images are seen; 1 or more.</summary>
    public int Epochs { get; init; } = 10;

    /// <summary>Images in a batch; 1 to the number of training images.</summary>
    public int Batch { get; init; } = 64;

    /// <summary>The highest learning rate, reached after the warm-up; over 0.</summary>
    public float LearningRate { get; init; } = 0.05f;

    /// <summary>How the rate falls after the warm-up.</summary>
    public ScheduleKind LearningRateSchedule { get; init; } = ScheduleKind.Cosine;

    /// <summary>The share of all steps in which the rate rises; 0 to 1.</summary>
    public float WarmUp { get; init; } = 0.05f;

    /// <summary>Momentum of <see cref="Sgd"/>.</summary>
    public float Momentum { get; init; } = 0.9f;

    /// <summary>Weight decay of the optimiser: of <see cref="Sgd"/> a part of the gradient, of <see cref="AdamW"/> apart from it.</summary>
    public float WeightDecay { get; init; } = 5e-4f;

    /// <summary>Nesterov's form of momentum.</summary>
    public bool Nesterov { get; init; } = true;

    /// <summary>What everything random derives from.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>Threads; the whole machine by default. Results do not depend on it.</summary>
    public ComputeTopology Topology { get; init; } = ComputeTopology.Default;

    /// <summary>
    /// Background threads that make batches: read, decode, augment; 1 to 256. As many as <see cref="Topology"/> has but at most the
    /// machine's processors where null. Results do not depend on it.
    /// </summary>
    public int? DataThreads { get; init; }

    /// <summary>
    /// How convolutions choose their kernels: what <c>SPARSEKERNELS_SCHEDULE</c> says, by default, and
    /// <see cref="KernelSchedule.Reproducible"/> where it says
    /// nothing. <see cref="KernelSchedule.Automatic"/> goes by the times seen, so a run that is resumed or repeated differs in rounding.
    /// </summary>
    public KernelSchedule Schedule { get; init; } = DefaultSchedule;

    /// <summary>What <see cref="KernelSchedule"/> is by default.</summary>
    /// <exception cref="ArgumentException">The variable names no schedule.</exception>
    public static KernelSchedule DefaultSchedule =>
        string.IsNullOrEmpty(Environment.GetEnvironmentVariable(KernelSchedule.OverrideVariable)) ? KernelSchedule.Reproducible : KernelSchedule.Current;

    /// <summary>The weights file to write, <c>name.safetensors</c>, in a folder that exists; null for no checkpoints.</summary>
    public string? CheckpointPath { get; init; }

    /// <summary>A checkpoint is written when so much time has passed since the last, beside the one after every epoch; over zero.</summary>
    public TimeSpan CheckpointInterval { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>
    /// Whether the weights file has plain tensors even of a pruned network, for readers that know no other; it is of full size then.
    /// </summary>
    public bool DenseCheckpoint { get; init; }

    /// <summary>
    /// How weights are pruned while they train; null for not at all. Some of the training images are held out to judge by, if it says so.
    /// </summary>
    public PruningOptions? Pruning { get; init; }

    /// <summary>
    /// Whether to go on from the checkpoint at <see cref="ResumePath"/>, else at <see cref="CheckpointPath"/>; its run must have had the
    /// same settings.
    /// </summary>
    public bool Resume { get; init; }

    /// <summary>
    /// The weights file of the checkpoint to go on from if not <see cref="CheckpointPath"/>, where the run writes from then on.
    /// </summary>
    public string? ResumePath { get; init; }

    /// <summary>
    /// A folder for the non-zero bitmaps of every convolution in the last step of each epoch: <c>epoch-003/features.0.patterns</c>, a JSON
    /// header with the sizes before the bits of x, dy and dx's mask. Made if it doesn't exist; null for none.
    /// </summary>
    public string? PatternFolder { get; init; }

    /// <summary>Checks everything that needs no file.</summary>
    internal void Check()
    {
        var (data, test) = (TrainingData, TestData);
        ArgumentNullException.ThrowIfNull(data, nameof(TrainingData));
        ArgumentNullException.ThrowIfNull(test, nameof(TestData));
        ArgumentNullException.ThrowIfNull(Normalisation, nameof(Normalisation));
        ArgumentNullException.ThrowIfNull(Topology, nameof(Topology));
        ArgumentException.ThrowIfNullOrEmpty(Model, nameof(Model));
        if ((data.Channels, data.Height, data.Width, data.Classes) != (test.Channels, test.Height, test.Width, test.Classes))
            throw new ArgumentException(
                $"TestData must have the sizes and classes of TrainingData, {Describe(data)}, got {Describe(test)}.");
        ArgumentOutOfRangeException.ThrowIfLessThan(Epochs, 1, nameof(Epochs));
        ArgumentOutOfRangeException.ThrowIfLessThan(Batch, 1, nameof(Batch));
        if (DataThreads is { } threads)
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(threads, 1, nameof(DataThreads));
            ArgumentOutOfRangeException.ThrowIfGreaterThan(threads, BatchLoaderOptions.MostThreads, nameof(DataThreads));
        }

        CheckRanks();
        Pruning?.Check();
        if (!(LearningRate > 0 && float.IsFinite(LearningRate)))
            throw new ArgumentOutOfRangeException(nameof(LearningRate), $"LearningRate must be finite and over 0, got {LearningRate}.");
        if (!(WarmUp is >= 0 and <= 1)) throw new ArgumentOutOfRangeException(nameof(WarmUp), $"WarmUp must be 0 to 1, got {WarmUp}.");
        if (!Enum.IsDefined(LearningRateSchedule))
            throw new ArgumentOutOfRangeException(
                nameof(LearningRateSchedule),
                $"LearningRateSchedule must be one of {string.Join(", ", Enum.GetNames<ScheduleKind>())}, got {LearningRateSchedule}.");
        CheckLearning();
        ArgumentNullException.ThrowIfNull(Schedule, nameof(Schedule));
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(CheckpointInterval, TimeSpan.Zero, nameof(CheckpointInterval));
        if (File.Exists(PatternFolder)) throw new IOException($"PatternFolder '{PatternFolder}' is a file, expected a folder.");
        if (CheckpointPath is null)
        {
            if (Resume) throw new ArgumentException("Resume needs a CheckpointPath.");
            if (ResumePath is not null) throw new ArgumentException("ResumePath needs a CheckpointPath.");
            return;
        }

        if (ResumePath is not null && !Resume) throw new ArgumentException($"ResumePath is '{ResumePath}', but Resume is false.");
        var folder = Path.GetDirectoryName(Path.GetFullPath(Checkpoint.StatePath(CheckpointPath)))!;
        if (!Directory.Exists(folder)) throw new DirectoryNotFoundException($"the folder '{folder}' of CheckpointPath does not exist.");
    }

    /// <summary>Everything that the weights depend on beside seed and progress.</summary>
    /// <param name="images">The fingerprint of <see cref="TrainingData"/>.</param>
    internal Dictionary<string, string> Settings(string images)
    {
        var settings = OwnSettings(images);
        foreach (var (key, value) in TrainingData.Settings) settings.Add($"images.{key}", value);
        return settings;
    }

    private Dictionary<string, string> OwnSettings(string images) => new()
    {
        ["model"] = Model,
        ["data"] = TrainingData.Name,
        ["images"] = Text(TrainingData.Count),
        ["epochs"] = Text(Epochs),
        ["batch"] = Text(Batch),
        ["learning-rate"] = Text(LearningRate),
        ["learning-rate-schedule"] = LearningRateSchedule.ToString().ToLowerInvariant(),
        ["schedule"] = Schedule.ToString(),
        ["warm-up"] = Text(WarmUp),
        ["momentum"] = Text(Momentum),
        ["weight-decay"] = Text(WeightDecay),
        ["nesterov"] = Nesterov ? "yes" : "no",
        [OptimiserKey] = Optimiser == OptimiserKind.Sgd ? Sgd : AdamWText(),
        ["decay"] = DecaysWeightsAlone ? "weights" : "none",
        ["label-smoothing"] = LabelSmoothing == 0 ? "none" : Text(LabelSmoothing),
        ["class-weights"] = ClassWeights.Count == 0 ? "none" : List(ClassWeights.ToArray()),
        ["clip-norm"] = TextOrNone(ClipNorm),
        ["clip-value"] = TextOrNone(ClipValue),
        ["ema"] = TextOrNone(AverageDecay),
        ["freeze"] = Frozen.Count == 0 ? "none" : string.Join(' ', Frozen),
        ["freeze-normalisation"] = FreezesNormalisation ? Yes : "none",
        ["rate-factors"] = RateFactors.Count == 0 ? "none" : string.Join(' ', OrderedFactors.Select(pair => $"{pair.Key}={Text(pair.Value)}")),
        [NormalisationSetting] = Normalisation.ToString(),
        ["pruning"] = Pruning?.Settings ?? "none",
        [SynchronisedKey] = Distribution.SynchronisesStatistics ? Yes : "none",
        ["images-fingerprint"] = images,
        ["augmentation"] = $"padding {Text(Augmentation.Padding)}, flip {(Augmentation.Flip ? "yes" : "no")}",
    };

    private static string Describe(IDataSet data) => $"[{data.Channels}, {data.Height}, {data.Width}] in {data.Classes} classes";

    private static string Text(IFormattable value) => value.ToString(null, CultureInfo.InvariantCulture);

    private static string TextOrNone(float? value) => value is { } given ? Text(given) : "none";

    private static string List(ReadOnlySpan<float> values) => string.Join(' ', values.ToArray().Select(value => Text(value)));
}
