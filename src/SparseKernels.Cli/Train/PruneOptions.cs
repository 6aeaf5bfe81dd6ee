using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using SparseKernels.Cli.Options;
using SparseKernels.Cli.Runs;
using SparseKernels.Training.Pruning;

namespace SparseKernels.Cli.Train;

/// <summary>The options of <c>train</c> that say how it prunes: one for each key of <see cref="PruningSettings"/>.</summary>
internal sealed class PruneOptions
{
    private const string FileForm = """The file has the rules' names for keys, without --prune-: { "strategy": "gradual", "sparsity": 0.9 }.""";

    private static readonly string[] s_strategies = [PruneRequest.None, "gated", "gradual", "one-shot", "rigl"];

    private readonly Option<string?> _strategy = Choice(
        "--prune", "How weights are pruned while they train", s_strategies, "gated: by accuracy on images held out");

    private readonly Option<string?> _file = new("--prune-settings")
    {
        HelpName = "file",
        Description = "A JSON file of pruning settings; options count over it.",
    };

    private readonly Option<bool> _help = new("--help-pruning")
    {
        Description = "Show every rule of pruning; each is an option, or a key of a JSON file for --prune-settings.",
    };

    private readonly Option<string?> _denseLayers = new("--prune-dense-layers")
    {
        HelpName = "names",
        Description = "Layers not to prune, apart by commas (default: the first convolution and the last layer).",
    };

    private readonly Option<string?> _scope = Choice(
        "--prune-scope", "Gated, gradual, one-shot: compare magnitudes in each layer, in all together, or half-way between",
        ["layer", "global", "balanced"], "balanced where gated, else global");

    private readonly Option<string?> _distribution = Choice(
        "--prune-distribution", "Rigl: how sparsity is spread over the layers", ["uniform", "erdos-renyi-kernel"], "erdos-renyi-kernel");

    private readonly Option<bool> _wholeFilter = new("--prune-group-whole-filter")
    {
        Description = "Coarse groups of whole filters, not of one filter row.",
    };

    private readonly Option<bool?> _channelOrder = new("--prune-channel-order")
    {
        HelpName = "bool",
        Description = "Order channels anew after each pruning, so that like zeros lie in one group: true or false (default true).",
    };

    private readonly Option<string?> _for = Choice(
        "--prune-for", "Gated: what pruning is to gain: few weights, or short training steps as the cost model predicts them", ["size", "time"],
        "size");

    private readonly Option<string?> _harm = Choice(
        "--prune-harm", "Gated: what a pruned weight is taken to harm: its magnitude, or that times its channels' gradients",
        ["magnitude", "gradient"], "magnitude");

    private readonly Option<string?> _search = Choice(
        "--prune-similarity-search", "Gated: which output channels are compared: a sample of channels, or those whose signatures meet",
        ["channels", "signatures"], "signatures");

    private readonly Option<bool?> _check = new("--prune-similarity-check")
    {
        HelpName = "bool",
        Description = "Gated: count for the report what comparing all output channels would find: true or false (default false).",
    };

    private readonly (PruningRule Rule, Option<double?> Option)[] _numbers;

    public PruneOptions()
    {
        var defaults = new PruningSettings();
        _help.Action = new TopicHelp("How train prunes; what train --help shows holds as well.", () => All);
        _numbers = [.. PruningRule.All.Select(rule => (rule, Number(rule, rule.Value(defaults))))];
    }

    /// <summary>What <c>train --help</c> shows of them.</summary>
    public OptionGroup Basic => new("Pruning", [_strategy, _file, Of("maximum-sparsity"), _help]);

    /// <summary>All of them, as <c>train --help-pruning</c> shows them.</summary>
    public IReadOnlyList<OptionGroup> All =>
    [
        new("Strategy", [_strategy, _file], FileForm),
        new("What is pruned, and when", [_denseLayers, .. Numbers(IsCommon), _wholeFilter, _channelOrder, _scope]),
        new("Strategy gated", [_for, _harm, .. Numbers(IsGated), _search, _check]),
        new("Strategies gradual, one-shot and rigl", [.. Numbers(IsPeer), _distribution]),
    ];

    /// <summary>What they said.</summary>
    public PruneRequest Read(ParseResult parsed)
    {
        var rules = new JsonObject();
        foreach (var (rule, option) in _numbers)
        {
            if (parsed.GetValue(option) is { } value) rules[rule.Key] = value;
        }

        if (parsed.GetValue(_wholeFilter)) rules["group-whole-filter"] = true;
        if (parsed.GetValue(_channelOrder) is { } ordered) rules["channel-order"] = ordered;
        if (parsed.GetValue(_scope) is { } scope) rules["scope"] = scope;
        if (parsed.GetValue(_for) is { } gain) rules["for"] = gain;
        if (parsed.GetValue(_harm) is { } harm) rules["harm"] = harm;
        if (parsed.GetValue(_search) is { } search) rules["similarity-search"] = search;
        if (parsed.GetValue(_check) is { } check) rules["similarity-check"] = check;
        if (parsed.GetValue(_distribution) is { } distribution) rules["distribution"] = distribution;
        if (parsed.GetValue(_denseLayers) is { } layers)
        {
            var names = layers.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            rules["dense-layers"] = new JsonArray([.. names.Select(name => JsonValue.Create(name))]);
        }

        return new PruneRequest(parsed.GetValue(_strategy), parsed.GetValue(_file), rules);
    }

    private static bool IsGated(PruningRule rule) => rule.Meaning.StartsWith("gated:", StringComparison.Ordinal);

    /// <summary>Whether a rule is of the strategies that are there to compare with alone.</summary>
    private static bool IsPeer(PruningRule rule) => rule.Key is "sparsity" or "interval" or "fraction" or "judged-until";

    private static bool IsCommon(PruningRule rule) => !IsGated(rule) && !IsPeer(rule);

    private Option<double?> Of(string key) => _numbers.Single(number => number.Rule.Key == key).Option;

    private IEnumerable<Option> Numbers(Func<PruningRule, bool> wanted) =>
        _numbers.Where(number => wanted(number.Rule)).Select(number => (Option)number.Option);

    private static Option<string?> Choice(string name, string meaning, string[] values, string otherwise) => new(name)
    {
        HelpName = "name",
        Description = $"{meaning}: {string.Join(", ", values)} (default {otherwise}).",
        CustomParser = result =>
        {
            var text = result.Tokens[0].Value;
            if (values.Contains(text)) return text;
            result.AddError($"{name} must be one of {string.Join(", ", values)}, got {text}.");
            return null;
        },
    };

    private static Option<double?> Number(PruningRule rule, double? otherwise)
    {
        var name = $"--prune-{rule.Key}";
        var ending = otherwise is { } known ? string.Create(CultureInfo.InvariantCulture, $" (default {known})") : "";
        var text = $"{char.ToUpperInvariant(rule.Meaning[0])}{rule.Meaning[1..]}{ending}.";
        return CommandOptions.Number(
            name, text, rule.Number.Words, (double value) => rule.Number.Allows(value));
    }
}
