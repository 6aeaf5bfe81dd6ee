using System.Globalization;
using SparseKernels.Cli.Terminal;
using SparseKernels.Training;
using SparseKernels.Training.Optimisation;

namespace SparseKernels.Cli.Runs;

/// <summary>How a run's parameters learn: what the options of <c>train</c> say and a checkpoint keeps.</summary>
internal sealed record LearningSettings
{
    private const string None = "none";
    private const string Sgd = "sgd";
    private const string AdamW = "adamw";

    /// <summary>What holds where nothing is asked for.</summary>
    public static LearningSettings Default { get; } = new();

    public OptimiserKind Optimiser { get; init; }

    public float WeightDecay { get; init; } = 5e-4f;

    public bool DecaysWeightsAlone { get; init; }

    public float LabelSmoothing { get; init; }

    public float? ClipNorm { get; init; }

    public float? ClipValue { get; init; }

    public float? AverageDecay { get; init; }

    /// <summary>Paths with spaces between them.</summary>
    public string Frozen { get; init; } = "";

    public bool FreezesNormalisation { get; init; }

    /// <summary><c>path=number</c>, with spaces between them.</summary>
    public string RateFactors { get; init; } = "";

    public string OptimiserName => Optimiser == OptimiserKind.Sgd ? Sgd : AdamW;

    /// <summary>The optimiser of a name, or of a setting that has AdamW's numbers behind it.</summary>
    /// <exception cref="ArgumentException">There is none.</exception>
    public static OptimiserKind OptimiserOf(string what, string text) => text.Split(' ')[0] switch
    {
        Sgd => OptimiserKind.Sgd,
        AdamW => OptimiserKind.AdamW,
        _ => throw new ArgumentException($"{what} must be {Sgd} or {AdamW}, got {text}."),
    };

    /// <summary>The factors of <see cref="RateFactors"/>.</summary>
    /// <exception cref="ArgumentException">They don't read like <c>path=number</c>, or a path is there twice.</exception>
    public static Dictionary<string, float> FactorsOf(string what, string text)
    {
        var factors = new Dictionary<string, float>();
        foreach (var part in text.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            var at = part.LastIndexOf('=');
            if (at < 1 || !InvariantNumber.TryParse<float>(part[(at + 1)..], out var factor) || !(factor >= 0 && float.IsFinite(factor)))
                throw new ArgumentException($"{what} must read like layer1=0.1 with a finite number of 0 or more, got {part}.");
            if (!factors.TryAdd(part[..at], factor)) throw new ArgumentException($"{what} must have each path once, got {part[..at]} twice.");
        }

        return factors;
    }

    /// <summary>Factors as a checkpoint has them: in the order of their paths.</summary>
    public static string TextOf(IReadOnlyDictionary<string, float> factors) => string.Join(
        ' ', factors.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => string.Create(CultureInfo.InvariantCulture, $"{pair.Key}={pair.Value}")));

    /// <summary>The settings that a checkpoint keeps; those of an earlier build had none of the newer ones.</summary>
    /// <exception cref="InvalidDataException">A value makes no sense.</exception>
    public static LearningSettings From(IReadOnlyDictionary<string, string> stored)
    {
        try
        {
            return new LearningSettings
            {
                Optimiser = OptimiserOf("optimiser", stored.GetValueOrDefault("optimiser", Sgd)),
                WeightDecay = Number("weight-decay") ?? Default.WeightDecay,
                DecaysWeightsAlone = stored.GetValueOrDefault("decay", None) != None,
                LabelSmoothing = Number("label-smoothing") ?? 0,
                ClipNorm = Number("clip-norm"),
                ClipValue = Number("clip-value"),
                AverageDecay = Number("ema"),
                Frozen = Text("freeze"),
                FreezesNormalisation = Text("freeze-normalisation").Length > 0,
                RateFactors = Text("rate-factors"),
            };
        }
        catch (ArgumentException e)
        {
            throw new InvalidDataException($"the checkpoint's settings: {e.Message}", e);
        }

        string Text(string key) => stored.GetValueOrDefault(key, None) is var text && text == None ? "" : text;

        float? Number(string key)
        {
            var text = Text(key);
            if (text.Length == 0) return null;
            return InvariantNumber.TryParse<float>(text, out var value)
                ? value
                : throw new InvalidDataException($"the checkpoint's setting '{key}' must be a number, got '{text}'.");
        }
    }

    /// <summary>Puts them into a trainer's options.</summary>
    public TrainerOptions ApplyTo(TrainerOptions options) => options with
    {
        Optimiser = Optimiser,
        WeightDecay = WeightDecay,
        DecaysWeightsAlone = DecaysWeightsAlone,
        LabelSmoothing = LabelSmoothing,
        ClipNorm = ClipNorm,
        ClipValue = ClipValue,
        AverageDecay = AverageDecay,
        Frozen = Frozen.Split(' ', StringSplitOptions.RemoveEmptyEntries),
        FreezesNormalisation = FreezesNormalisation,
        RateFactors = FactorsOf("rate-factors", RateFactors),
    };

    /// <inheritdoc/>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{OptimiserName}, decay {WeightDecay}{(DecaysWeightsAlone ? " of weights" : "")}, smoothing {LabelSmoothing}, " +
        $"clipping {Or(ClipNorm)} and {Or(ClipValue)}, average {Or(AverageDecay)}, frozen {Or(Frozen)}{(FreezesNormalisation ? " and normalisation" : "")}, rates {Or(RateFactors)}");

    private static string Or(float? value) => value is { } given ? given.ToString(CultureInfo.InvariantCulture) : None;

    private static string Or(string text) => text.Length == 0 ? None : text;
}
