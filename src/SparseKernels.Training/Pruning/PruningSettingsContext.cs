using System.Text.Json;
using System.Text.Json.Serialization;

namespace SparseKernels.Training.Pruning;

/// <summary>Reads and writes <see cref="PruningSettings"/> without reflection.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.KebabCaseLower, UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow)]
[JsonSerializable(typeof(PruningSettings))]
internal sealed partial class PruningSettingsContext : JsonSerializerContext
{
    public static PruningSettingsContext Indented => new(new JsonSerializerOptions(Default.Options) { WriteIndented = true });
}
