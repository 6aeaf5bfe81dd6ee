using System.CommandLine;
using SparseKernels.Cli.Options;
using SparseKernels.Cli.Runs;

namespace SparseKernels.Cli.Train;

/// <summary>The options of <c>train</c> that say how parameters learn, and which.</summary>
internal sealed class LearningOptions
{
    private readonly Option<string?> _optimiser = new("--optimiser")
    {
        HelpName = "name",
        Description = "How weights follow their gradients: sgd (Nesterov's momentum) or adamw (default: sgd).",
    };

    private readonly Option<float?> _decay = CommandOptions.Number(
        "--weight-decay", "The optimiser's weight decay (default 0.0005).",
        "a finite number of 0 or more", (float value) => value is >= 0 and < float.PositiveInfinity);

    private readonly Option<bool> _decayWeights = new("--decay-weights-only")
    {
        Description = "Leave biases and the weights of normalisations out of the weight decay.",
    };

    private readonly Option<float?> _smoothing = CommandOptions.Number(
        "--label-smoothing", "The share of each label that is spread over all classes (default 0).",
        "a number from 0 to 1", (float value) => value is >= 0 and <= 1);

    private readonly Option<float?> _clipNorm = CommandOptions.Number(
        "--clip-norm", "The largest norm of all gradients together (default: any).", "a finite number over 0", (float value) => IsLimit(value));

    private readonly Option<float?> _clipValue = CommandOptions.Number(
        "--clip-value", "The largest absolute value of a gradient (default: any).", "a finite number over 0", (float value) => IsLimit(value));

    private readonly Option<float?> _average = CommandOptions.Number(
        "--ema", "Evaluate and save a running average of the weights that keeps this share of itself in a step (default: none).",
        "a number of 0 or more and under 1", (float value) => value is >= 0 and < 1);

    private readonly Option<string[]> _freeze = new("--freeze")
    {
        HelpName = "path",
        Description = "Layers or parameters that don't learn, by a whole name or its beginning up to a dot; can be repeated.",
    };

    private readonly Option<bool> _freezeNormalisation = new("--freeze-normalisation")
    {
        Description = "Let batch normalisations keep still: they use their running statistics and learn nothing.",
    };

    private readonly Option<string[]> _rates = new("--lr-factor")
    {
        HelpName = "path=number",
        Description = "What the learning rate is multiplied by below a path; can be repeated.",
    };

    private readonly Option<string?> _preset = new("--preset")
    {
        HelpName = "name",
        Description = "Settings for what --weights begins with, where no option says otherwise: fine-tuning, for a network that was trained before (a fifth of the learning rate; pruning that begins earlier).",
    };

    private readonly Option<string?> _weights = new("--weights")
    {
        HelpName = "file",
        Description = "A safetensors file of any writer to begin with, by the tensors' names.",
    };

    private readonly Option<bool> _notStrict = new("--not-strict") { Description = "Take what fits of --weights, and say what does not." };

    private readonly Option<bool> _newHead = new("--new-head")
    {
        Description = "Let the last layer begin anew where --weights has none, or one of another number of classes.",
    };

    public LearningOptions()
    {
        All =
        [
            new OptionGroup("Optimiser and loss", [_optimiser, _decay, _decayWeights, _smoothing, _clipNorm, _clipValue, _average]),
            new OptionGroup("Weights to begin with", [_weights, _notStrict, _newHead, _preset, _freeze, _freezeNormalisation, _rates]),
        ];
        Help.Action = new TopicHelp("How train learns; what train --help shows holds as well.", () => All);
    }

    /// <summary>Shows all of them.</summary>
    public Option<bool> Help { get; } = new("--help-learning")
    {
        Description = "Show the options of learning: optimiser, decay, loss, clipping, averaging, weights to begin with, frozen layers.",
    };

    /// <summary>All of them.</summary>
    public IReadOnlyList<OptionGroup> All { get; }

    /// <summary>What they said of the run's settings.</summary>
    /// <exception cref="ArgumentException">A text makes no sense.</exception>
    public LearningSettings? Read(ParseResult parsed)
    {
        var settings = new LearningSettings
        {
            Optimiser = LearningSettings.OptimiserOf("--optimiser", parsed.GetValue(_optimiser) ?? LearningSettings.Default.OptimiserName),
            WeightDecay = parsed.GetValue(_decay) ?? LearningSettings.Default.WeightDecay,
            DecaysWeightsAlone = parsed.GetValue(_decayWeights),
            LabelSmoothing = parsed.GetValue(_smoothing) ?? 0,
            ClipNorm = parsed.GetValue(_clipNorm),
            ClipValue = parsed.GetValue(_clipValue),
            AverageDecay = parsed.GetValue(_average),
            Frozen = string.Join(' ', parsed.GetValue(_freeze) ?? []),
            FreezesNormalisation = parsed.GetValue(_freezeNormalisation),
            RateFactors = LearningSettings.TextOf(LearningSettings.FactorsOf("--lr-factor", string.Join(' ', parsed.GetValue(_rates) ?? []))),
        };
        return Options().Any(option => parsed.GetResult(option) is { Implicit: false }) ? settings : null;

        IEnumerable<Option> Options() => All.SelectMany(group => group.Options).Except([_weights, _notStrict, _newHead, _preset]);
    }

    /// <summary>The settings, with those of the preset that was asked for.</summary>
    /// <exception cref="ArgumentException">There is no such preset.</exception>
    public AskedSettings Fill(ParseResult parsed, AskedSettings asked) =>
        parsed.GetValue(_preset) is { } name ? TrainPreset.Of(name).Fill(asked) : asked;

    /// <summary>What they said of weights to begin with.</summary>
    /// <exception cref="ArgumentException">One of them needs another.</exception>
    public WeightsRequest? ReadWeights(ParseResult parsed, bool resumes)
    {
        var path = parsed.GetValue(_weights);
        var request = new WeightsRequest(path ?? "", Strict: !parsed.GetValue(_notStrict), NewHead: parsed.GetValue(_newHead));
        if (path is null && (!request.Strict || request.NewHead)) throw new ArgumentException("--not-strict and --new-head need --weights.");
        if (path is not null && resumes) throw new ArgumentException("--weights is for a new run: one that goes on has its checkpoint's.");
        return path is null ? null : request;
    }

    private static bool IsLimit(float value) => value is > 0 and < float.PositiveInfinity;
}
