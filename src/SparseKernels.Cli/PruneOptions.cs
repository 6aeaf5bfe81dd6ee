using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using SparseKernels.Training.Pruning;

namespace SparseKernels.Cli;

/// <summary>The options of <c>train</c> that say how it prunes: one for each key of <see cref="PruningSettings"/>.</summary>
internal sealed class PruneOptions
{
    private static readonly string[] s_strategies = [PruneRequest.None, "gated", "gradual", "one-shot", "rigl"];

    private readonly Option<string?> _strategy = Choice("--prune", "How weights are pruned while they train", s_strategies, "gated: by accuracy on images held out");
    private readonly Option<string?> _file = new("--prune-settings") { Description = "A JSON file of pruning settings; options count over it." };
    private readonly Option<string?> _denseLayers = new("--prune-dense-layers") { Description = "Layers not to prune, apart by commas (default: the first convolution and the last layer)." };
    private readonly Option<string?> _scope = Choice("--prune-scope", "Gated, gradual, one-shot: compare magnitudes in each layer, in all together, or half-way between", ["layer", "global", "balanced"], "balanced where gated, else global");
    private readonly Option<string?> _distribution = Choice("--prune-distribution", "rigl: how sparsity is spread over the layers", ["uniform", "erdos-renyi-kernel"], "erdos-renyi-kernel");
    private readonly Option<bool> _wholeFilter = new("--prune-group-whole-filter") { Description = "Coarse groups of whole filters, not of one filter row." };
    private readonly Option<bool?> _channelOrder = new("--prune-channel-order") { Description = "Order channels anew after each pruning, so that like zeros lie in one group: true or false (default true)." };
    private readonly (PruningRule Rule, Option<double?> Option)[] _numbers;

    public PruneOptions()
    {
        var defaults = new PruningSettings();
        _numbers = [.. PruningRule.All.Select(rule => (rule, Number(rule, rule.Value(defaults))))];
    }

    /// <summary>All options.</summary>
    public IEnumerable<Option> All => [_strategy, _file, _denseLayers, _wholeFilter, _channelOrder, .. _numbers.Select(number => number.Option), _scope, _distribution];

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
        if (parsed.GetValue(_distribution) is { } distribution) rules["distribution"] = distribution;
        if (parsed.GetValue(_denseLayers) is { } layers) rules["dense-layers"] = new JsonArray([.. layers.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(name => JsonValue.Create(name))]);
        return new PruneRequest(parsed.GetValue(_strategy), parsed.GetValue(_file), rules);
    }

    private static Option<string?> Choice(string name, string meaning, string[] values, string otherwise) => new(name)
    {
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
        var text = string.Create(CultureInfo.InvariantCulture, $"{char.ToUpperInvariant(rule.Meaning[0])}{rule.Meaning[1..]}{(otherwise is { } known ? $" (default {known})" : "")}.");
        return CommandOptions.Number(name, text, rule.Range, (double value) => rule.Allows(value) && (!rule.IsWhole || value == Math.Floor(value)));
    }
}
