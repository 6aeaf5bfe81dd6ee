using System.Globalization;
using SparseKernels.Training.Checkpoints;
using SparseKernels.Training.Networks;
using SparseKernels.Training.Optimisation;

namespace SparseKernels.Training;

/// <summary>How parameters learn, and which: the optimiser, the loss, clipping, averaging, freezing, and weights to begin with.</summary>
public sealed partial record TrainerOptions
{
    /// <summary>The optimiser's key among a checkpoint's settings.</summary>
    internal const string OptimiserKey = "optimiser";

    /// <summary>Its value for SGD.</summary>
    internal const string Sgd = "sgd";

    /// <summary>The optimiser.</summary>
    public OptimiserKind Optimiser { get; init; } = OptimiserKind.Sgd;

    /// <summary>AdamW's numbers; its weight decay is that of <see cref="WeightDecay"/>, whatever they say.</summary>
    public AdamWSettings AdamW { get; init; } = new();

    /// <summary>Whether biases and the weights of normalisations are left out of the weight decay.</summary>
    public bool DecaysWeightsAlone { get; init; }

    /// <summary>See <see cref="LossOptions.LabelSmoothing"/>.</summary>
    public float LabelSmoothing { get; init; }

    /// <summary>See <see cref="LossOptions.ClassWeights"/>.</summary>
    public IReadOnlyList<float> ClassWeights { get; init; } = [];

    /// <summary>The largest norm of all gradients together, finite and over 0; null, the default, for any. See <see cref="GradientClipping"/>.</summary>
    public float? ClipNorm { get; init; }

    /// <summary>The largest absolute value of a gradient, finite and over 0; null, the default, for any.</summary>
    public float? ClipValue { get; init; }

    /// <summary>
    /// What a running average of the weights keeps of itself in a step, 0 to 1, 1 excluded: <see cref="WeightAverage"/>. The average is what is
    /// evaluated after each epoch and what the weights file holds; null, the default, for none.
    /// </summary>
    public float? AverageDecay { get; init; }

    /// <summary>Paths of parameters that don't learn; see <see cref="ParameterSelection.Freeze(Network, string)"/>.</summary>
    public IReadOnlyList<string> Frozen { get; init; } = [];

    /// <summary>Whether batch normalisations keep still; see <see cref="ParameterSelection.FreezeNormalisation"/>.</summary>
    public bool FreezesNormalisation { get; init; }

    /// <summary>What the learning rate is multiplied by below some paths; the longest path that fits counts. See <see cref="ParameterSelection"/>.</summary>
    public IReadOnlyDictionary<string, float> RateFactors { get; init; } = new Dictionary<string, float>();

    /// <summary>A weights file to begin with; a run that goes on has its own. Null for first values by <see cref="Seed"/>.</summary>
    public string? Weights { get; init; }

    /// <summary>How <see cref="Weights"/> must fit.</summary>
    public WeightsLoading WeightsLoading { get; init; } = new();

    /// <summary>Whether gradients are clipped.</summary>
    internal bool Clips => ClipNorm is not null || ClipValue is not null;

    /// <summary>What the optimiser is made with.</summary>
    internal OptimiserSettings OptimiserSettings => new(
        Momentum, WeightDecay, Nesterov, Optimiser == OptimiserKind.AdamW ? AdamW with { WeightDecay = WeightDecay } : null, Topology.Threads);

    /// <summary>The rate factors in an order of their own.</summary>
    private IEnumerable<KeyValuePair<string, float>> OrderedFactors => RateFactors.OrderBy(pair => pair.Key, StringComparer.Ordinal);

    /// <summary>Tells a network its loss, and its parameters who learns and how fast.</summary>
    /// <exception cref="ArgumentException">A path is that of no parameter, or the class weights are not one for each class.</exception>
    internal void ApplyTo(Network network)
    {
        network.LossOptions = new LossOptions { LabelSmoothing = LabelSmoothing, ClassWeights = ClassWeights };
        if (DecaysWeightsAlone) network.DecayWeightsAlone();
        foreach (var path in Frozen) network.Freeze(path);
        if (FreezesNormalisation) network.FreezeNormalisation();

        // A longer path that fits lies below a shorter one.
        foreach (var (path, factor) in RateFactors.OrderBy(pair => pair.Key.Length)) network.SetRateFactor(path, factor);
        if (network.Parameters.All(parameter => parameter.IsFrozen))
            throw new ArgumentException($"Frozen must leave a parameter to learn, got {string.Join(", ", Frozen)}.", nameof(Frozen));
    }

    private void CheckLearning()
    {
        if (!Enum.IsDefined(Optimiser))
            throw new ArgumentOutOfRangeException(
                nameof(Optimiser), $"Optimiser must be one of {string.Join(", ", Enum.GetNames<OptimiserKind>())}, got {Optimiser}.");
        ArgumentNullException.ThrowIfNull(AdamW, nameof(AdamW));
        ArgumentNullException.ThrowIfNull(ClassWeights, nameof(ClassWeights));
        ArgumentNullException.ThrowIfNull(Frozen, nameof(Frozen));
        ArgumentNullException.ThrowIfNull(RateFactors, nameof(RateFactors));
        ArgumentNullException.ThrowIfNull(WeightsLoading, nameof(WeightsLoading));
        new LossOptions { LabelSmoothing = LabelSmoothing, ClassWeights = ClassWeights }.Check(TrainingData.Classes);
        GradientClipping.CheckLimit(ClipNorm, nameof(ClipNorm));
        GradientClipping.CheckLimit(ClipValue, nameof(ClipValue));
        if (AverageDecay is { } decay) WeightAverage.CheckDecay(decay, nameof(AverageDecay));
        if (Weights is not null && !Resume && !File.Exists(Weights)) throw new FileNotFoundException($"there are no Weights '{Weights}'.", Weights);
    }

    private string AdamWText() => string.Create(
        CultureInfo.InvariantCulture, $"adamw {AdamW.Beta1} {AdamW.Beta2} {AdamW.Epsilon}{(AdamW.AmsGrad ? " amsgrad" : "")}");
}
