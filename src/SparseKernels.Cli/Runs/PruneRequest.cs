using System.Text.Json;
using System.Text.Json.Nodes;
using SparseKernels.Cli.Terminal;
using SparseKernels.Training.Pruning;

namespace SparseKernels.Cli.Runs;

/// <summary>What the options of <c>train</c> said of pruning: a strategy, a file, and single rules, which count over the file's.</summary>
/// <param name="Strategy">What <c>--prune</c> said; null if nothing.</param>
/// <param name="File">What <c>--prune-settings</c> said; null if nothing.</param>
/// <param name="Rules">The rules of other <c>--prune-…</c> options, by their keys.</param>
internal sealed record PruneRequest(string? Strategy, string? File, JsonObject Rules)
{
    /// <summary>The strategy that prunes nothing.</summary>
    public const string None = "none";

    /// <summary>What holds in place of the defaults where there is no file; null for the defaults.</summary>
    public JsonObject? Base { get; init; }

    /// <summary>Whether no option said anything.</summary>
    public bool IsEmpty => Strategy is null && File is null && Rules.Count == 0 && Base is null;

    /// <summary>The settings that the options make: the gated strategy where they name none.</summary>
    /// <returns>The settings; null to prune nothing.</returns>
    /// <exception cref="ArgumentException">Rules are given for no pruning, or one is out of its range.</exception>
    /// <exception cref="IOException">The file can't be read.</exception>
    /// <exception cref="InvalidDataException">The file holds no settings; the message names file and key.</exception>
    public PruningSettings? Resolve()
    {
        if (Strategy == None)
        {
            if (File is not null || Rules.Count > 0) throw new ArgumentException($"--prune {None} takes no other --prune options, got {(File is not null ? "--prune-settings" : $"--prune-{Rules.First().Key}")}.");
            return null;
        }

        var all = File is null ? Base?.DeepClone().AsObject() ?? new JsonObject() : ReadFile(File);
        foreach (var (key, value) in Rules) all[key] = value?.DeepClone();
        if (Strategy is not null) all["strategy"] = Strategy;
        var settings = PruningSettingsJson.Read(all);
        _ = settings.ToOptions();
        return settings;
    }

    private static JsonObject ReadFile(string path)
    {
        if (!System.IO.File.Exists(path)) throw new FileNotFoundException($"--prune-settings: there is no file '{path}'.");
        try
        {
            var settings = PruningSettingsJson.Read(System.IO.File.ReadAllText(path));
            _ = settings.ToOptions();
            return JsonNode.Parse(PruningSettingsJson.Write(settings, indented: false))!.AsObject();
        }
        catch (Exception e) when (e is InvalidDataException or ArgumentException or JsonException)
        {
            throw new InvalidDataException($"'{path}': {Failure.Message(e)}", e);
        }
    }
}
