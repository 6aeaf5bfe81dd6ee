using System.Text.Json;
using System.Text.Json.Nodes;

namespace SparseKernels.Training.Checkpoints;

/// <summary>The names of classes as a file's metadata keeps them: <c>class-names</c>, a JSON array of texts in the labels' order.</summary>
internal static class ClassNameList
{
    /// <summary>The metadata's key; it is missing where classes have no names.</summary>
    public const string Key = "class-names";

    /// <summary>Adds the names, if there are any.</summary>
    public static void AddTo(Dictionary<string, string> metadata, IReadOnlyList<string> names)
    {
        if (names.Count > 0) metadata.Add(Key, Format(names));
    }

    /// <summary>The names as text.</summary>
    public static string Format(IReadOnlyList<string> names) => new JsonArray([.. names.Select(name => JsonValue.Create(name))]).ToJsonString();

    /// <summary>Reads the names; none where the text is null.</summary>
    /// <exception cref="InvalidDataException">The text is no array of texts.</exception>
    public static IReadOnlyList<string> Parse(string? text)
    {
        if (text is null) return [];
        try
        {
            using var json = JsonDocument.Parse(text);
            return [.. json.RootElement.EnumerateArray().Select(name => name.GetString() ?? throw Unexpected(text))];
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw Unexpected(text, e);
        }
    }

    private static InvalidDataException Unexpected(string text, Exception? inner = null) =>
        new($"expected a JSON array of texts for {Key}, got {text}.", inner);
}
