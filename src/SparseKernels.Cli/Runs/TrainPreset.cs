using System.Text.Json.Nodes;
using SparseKernels.Training.Pruning;

namespace SparseKernels.Cli.Runs;

/// <summary>Settings of <c>train</c> under one name: what holds where nothing else is asked for, in place of the defaults.</summary>
/// <param name="Name">What <c>--preset</c> calls it.</param>
/// <param name="Rate">The learning rate for <see cref="RunSettings.DefaultBatch"/> images.</param>
/// <param name="Learning">How parameters learn.</param>
/// <param name="Pruning">How they are pruned.</param>
internal sealed record TrainPreset(string Name, float Rate, LearningSettings Learning, PruningSettings Pruning)
{
    /// <summary>All of them.</summary>
    public static IReadOnlyList<TrainPreset> All { get; } =
        [new("fine-tuning", 0.01f, LearningSettings.Default, PruningSettings.FineTuning)];

    /// <summary>The preset of a name.</summary>
    /// <exception cref="ArgumentException">There is none.</exception>
    public static TrainPreset Of(string name) => All.FirstOrDefault(preset => preset.Name == name)
        ?? throw new ArgumentException($"--preset must be one of {string.Join(", ", All.Select(preset => preset.Name))}, got {name}.");

    /// <summary>The settings with what the options left open.</summary>
    public AskedSettings Fill(AskedSettings asked) => asked with
    {
        Rate = asked.Rate ?? (Rate * (asked.Batch ?? RunSettings.DefaultBatch) / RunSettings.DefaultBatch),
        Learning = asked.Learning ?? Learning,
        Prune = asked.Prune.File is null && asked.Prune.Strategy != PruneRequest.None
            ? asked.Prune with { Base = JsonNode.Parse(PruningSettingsJson.Write(Pruning, indented: false))!.AsObject() }
            : asked.Prune,
    };
}
