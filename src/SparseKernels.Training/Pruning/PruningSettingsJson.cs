using System.Text.Json;
using System.Text.Json.Nodes;
using SparseKernels.Schemas;

namespace SparseKernels.Training.Pruning;

/// <summary>
/// <see cref="PruningSettings"/> as a JSON object, whose keys are the settings' names in kebab case: <c>{"strategy": "gated", "fine-step": 0.5}</c>.
/// A key that is left out has its default; comments and trailing commas are allowed.
/// </summary>
public static class PruningSettingsJson
{
    private static readonly JsonDocumentOptions s_lenient = new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true, AllowDuplicateProperties = false };

    /// <summary>All keys.</summary>
    public static IReadOnlyList<string> Keys { get; } = [.. PruningSettingsContext.Default.PruningSettings.Properties.Select(property => property.Name)];

    /// <summary>Reads settings.</summary>
    /// <param name="json">The text.</param>
    /// <returns>The settings; whether they go together is checked by <see cref="PruningRecipe.ToOptions"/>.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="json"/> is null.</exception>
    /// <exception cref="InvalidDataException">
    /// It isn't an object of known keys with values of their kinds and ranges; the message names the key.
    /// </exception>
    public static PruningSettings Read(string json)
    {
        ArgumentNullException.ThrowIfNull(json);
        try
        {
            var given = JsonNode.Parse(json, documentOptions: s_lenient) as JsonObject
                ?? throw new InvalidDataException("pruning settings must be a JSON object, { … }.");
            var settings = Read(given);
            foreach (var rule in PruningRule.All)
            {
                if (rule.FaultOf(settings) is { } fault) throw new InvalidDataException($"the pruning setting '{rule.Key}' {fault}.");
            }

            return settings;
        }
        catch (Exception e) when (JsonText.IsFault(e))
        {
            throw new InvalidDataException($"pruning settings are not JSON: {JsonText.Message(e)}", e);
        }
    }

    /// <summary>Writes settings, all of them.</summary>
    /// <param name="settings">The settings.</param>
    /// <param name="indented">Whether each gets a line.</param>
    /// <returns>The text.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="settings"/> is null.</exception>
    public static string Write(PruningSettings settings, bool indented)
    {
        ArgumentNullException.ThrowIfNull(settings);
        return JsonSerializer.Serialize(
            settings, (indented ? PruningSettingsContext.Indented : PruningSettingsContext.Default).PruningSettings);
    }

    /// <summary>Reads an object's keys over the defaults.</summary>
    internal static PruningSettings Read(JsonObject given)
    {
        var all = JsonSerializer.SerializeToNode(new PruningSettings(), PruningSettingsContext.Default.PruningSettings)!.AsObject();
        foreach (var (key, value) in given)
        {
            if (!Keys.Contains(key))
                throw new InvalidDataException($"pruning settings have no key '{key}'; they have {string.Join(", ", Keys)}.");
            if (!IsUnicode(value))
                throw new InvalidDataException($"the pruning setting '{key}' can't be a text with half a surrogate pair.");
            all[key] = value?.DeepClone();
        }

        try
        {
            var settings = all.Deserialize(PruningSettingsContext.Default.PruningSettings)!;
            if (settings.DenseLayers?.Contains(null!) == true)
                throw new InvalidDataException($"the pruning setting 'dense-layers' can't be {all["dense-layers"]?.ToJsonString()}.");
            return settings;
        }
        catch (Exception e) when (JsonText.IsFault(e))
        {
            var path = (e as JsonException)?.Path ?? "";
            var key = Keys.Where(key => path.Contains(key, StringComparison.Ordinal)).MaxBy(key => key.Length)
                ?? throw new InvalidDataException($"pruning settings can't be read: {e.Message}", e);
            throw new InvalidDataException($"the pruning setting '{key}' can't be {all[key]?.ToJsonString() ?? "null"}.", e);
        }
    }

    /// <summary>Whether all texts in a value are such: JSON can escape half a surrogate pair, of which no string can be made.</summary>
    private static bool IsUnicode(JsonNode? value)
    {
        if (value is JsonArray array) return array.All(IsUnicode);
        if (value?.GetValueKind() != JsonValueKind.String) return true;
        try
        {
            _ = value.GetValue<string>();
            return true;
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }
}
