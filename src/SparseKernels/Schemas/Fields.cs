using System.Numerics;

namespace SparseKernels.Schemas;

/// <summary>
/// Text by keys that came from a file: each key is read by the rule of its value, and a key that nobody reads is unknown. So a file says
/// all that it must, nothing out of range, and nothing else.
/// </summary>
/// <param name="values">The texts.</param>
internal sealed class Fields(IReadOnlyDictionary<string, string> values)
{
    private readonly HashSet<string> _read = [];

    /// <summary>Whether there is a key that begins so.</summary>
    public bool HasUnder(string prefix) => values.Keys.Any(key => key.StartsWith(prefix, StringComparison.Ordinal));

    /// <summary>A text; null if there is none.</summary>
    public string? TextOrNone(string key)
    {
        _ = _read.Add(key);
        return values.GetValueOrDefault(key);
    }

    /// <summary>A text.</summary>
    /// <exception cref="InvalidDataException">There is none; the message names the key.</exception>
    public string Text(string key) => TextOrNone(key) ?? throw new InvalidDataException($"expected a text for {key}, got none.");

    /// <summary>A number.</summary>
    /// <exception cref="InvalidDataException">There is none, or it is none of the rule's; the message names the key.</exception>
    public T Number<T>(string key, NumberRule<T> rule)
        where T : struct, INumber<T> => rule.Parse(key, TextOrNone(key));

    /// <summary>A number; null if there is none.</summary>
    /// <exception cref="InvalidDataException">It is none of the rule's; the message names the key.</exception>
    public T? NumberOrNone<T>(string key, NumberRule<T> rule)
        where T : struct, INumber<T> => TextOrNone(key) is { } text ? rule.Parse(key, text) : null;

    /// <summary>The texts of all keys that begin so, by what follows.</summary>
    public Dictionary<string, string> Under(string prefix)
    {
        var found = new Dictionary<string, string>();
        foreach (var (key, text) in values)
        {
            if (!key.StartsWith(prefix, StringComparison.Ordinal)) continue;
            _ = _read.Add(key);
            found.Add(key[prefix.Length..], text);
        }

        return found;
    }

    /// <summary>Refuses what nobody has read.</summary>
    /// <exception cref="InvalidDataException">There is a key that no reader knows; the message names it.</exception>
    public void RefuseOthers()
    {
        foreach (var key in values.Keys)
        {
            if (!_read.Contains(key)) throw new InvalidDataException($"expected no key '{key}' in such a file.");
        }
    }
}
