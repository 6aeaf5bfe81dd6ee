using System.Text.Json;

namespace SparseKernels.Schemas;

/// <summary>JSON that came from outside.</summary>
internal static class JsonText
{
    /// <summary>
    /// Whether an exception of a JSON reader speaks of the text: that it is no JSON, that a value is of another kind or out of its type's
    /// range, or that a text has half a surrogate pair, of which no string can be made.
    /// </summary>
    public static bool IsFault(Exception e) => e is JsonException or InvalidOperationException or FormatException or ArgumentException;

    /// <summary>What it says, on one line.</summary>
    public static string Message(Exception e) => e.Message.ReplaceLineEndings(" ");
}
