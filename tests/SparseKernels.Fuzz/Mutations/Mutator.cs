using System.Buffers.Binary;
using System.Text;

namespace SparseKernels.Fuzz.Mutations;

/// <summary>Changes bytes at random, and text among them where there is some: what a bad disk, a bad tool or a bad hand would do.</summary>
/// <param name="random">What it draws from: the same seed makes the same changes.</param>
internal sealed class Mutator(Random random)
{
    private const int MostBytes = 1 << 18;
    private const int MostChanges = 3;

    private static readonly string[] s_numbers =
    [
        "0", "-0", "-1", "1", "2", "0.5", "1e308", "-1e308", "1e999", "1e-400", "NaN", "Infinity", "-Infinity", "2147483647", "2147483648",
        "-2147483649",
        "4294967295", "9007199254740993", "9223372036854775807", "9223372036854775808", "18446744073709551615",
        "99999999999999999999999999", "00", "0x10", "1,000",
        "1.", ".5", "+1", "null", "true", "\"1\"", "[]", "{}", "",
    ];

    private static readonly string[] s_texts =
    [
        "", " ", "NaN", "Infinity", "1e308", "-1", "0", "1", "2", "18446744073709551616", "2147483647 2147483647", "1 1 1 1",
        "2147483647 1 row", "1 2147483647 filter",
        "3 2 3 3 ", "dense dense dense", "\\ud800", "\\udc00\\ud800", "\\u0000", "\\", "\\\"", "F32", "F64", "BF16", "I64", "U8", "BOOL",
        "pt", "sparsekernels-sparse",
        "__metadata__", "checksum", "has-checksum", "crc32c", "crc32c:00000000", "\u00e9\ud83d\ude00", "\t", "null", "{}", "a.mask",
        "conv.weight", "conv.weight.values",
    ];

    private static readonly byte[] s_bytes =
        [0, 1, 0x7F, 0x80, 0xFF, (byte)' ', (byte)'"', (byte)'{', (byte)'}', (byte)'[', (byte)',', (byte)'\\', 0xC0, 0xED];

    private static readonly ulong[] s_lengths =
        [0, 1, 7, 8, 0x7F, 0xFF, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 0x7FFFFFFFFFFFFFFF, 0x8000000000000000,
        ulong.MaxValue, 100_000_000, 100_000_001];

    /// <summary>Some changes, one after the other.</summary>
    /// <param name="bytes">The content; left as it is.</param>
    /// <param name="others">What may be spliced in.</param>
    public byte[] Change(byte[] bytes, IReadOnlyList<byte[]> others)
    {
        for (var left = 1 + random.Next(MostChanges); left > 0; left--)
        {
            bytes = random.Next(13) switch
            {
                0 => FlipBit(bytes),
                1 => Set(bytes, s_bytes[random.Next(s_bytes.Length)]),
                2 => Set(bytes, (byte)random.Next(256)),
                3 => bytes[..random.Next(bytes.Length + 1)],
                4 => Copy(bytes),
                5 => Remove(bytes),
                6 => Splice(bytes, others[random.Next(others.Count)]),
                7 => SetLength(bytes),
                8 or 9 => ReplaceNumber(bytes),
                10 or 11 => ReplaceText(bytes),
                _ => Nest(bytes),
            };
        }

        return bytes.Length > MostBytes ? bytes[..MostBytes] : bytes;
    }

    /// <summary>Flips one bit.</summary>
    public byte[] FlipBit(byte[] bytes)
    {
        if (bytes.Length == 0) return bytes;
        byte[] changed = [.. bytes];
        changed[random.Next(bytes.Length)] ^= (byte)(1 << random.Next(8));
        return changed;
    }

    private byte[] Set(byte[] bytes, byte value)
    {
        if (bytes.Length == 0) return [value];
        byte[] changed = [.. bytes];
        changed[random.Next(bytes.Length)] = value;
        return changed;
    }

    private byte[] Copy(byte[] bytes)
    {
        var (from, end) = Part(bytes);
        var to = random.Next(bytes.Length + 1);
        return [.. bytes[..to], .. bytes[from..end], .. bytes[to..]];
    }

    private byte[] Remove(byte[] bytes)
    {
        var (from, end) = Part(bytes);
        return [.. bytes[..from], .. bytes[end..]];
    }

    private byte[] Splice(byte[] bytes, byte[] other) =>
        [.. bytes[..random.Next(bytes.Length + 1)], .. other[random.Next(other.Length + 1)..]];

    /// <summary>Writes an extreme number where a length may be: of 4 or 8 bytes, either end first, most often at the beginning.</summary>
    private byte[] SetLength(byte[] bytes)
    {
        Span<byte> word = stackalloc byte[8];
        var value = s_lengths[random.Next(s_lengths.Length)];
        if (random.Next(2) == 0) BinaryPrimitives.WriteUInt64LittleEndian(word, value);
        else BinaryPrimitives.WriteUInt64BigEndian(word, value << (random.Next(2) * 32));
        word = word[..Math.Min(random.Next(2) == 0 ? 4 : 8, bytes.Length)];
        byte[] changed = [.. bytes];
        word.CopyTo(
            changed.AsSpan(random.Next(3) == 0 ? random.Next(bytes.Length - word.Length + 1) : Math.Min(4 * random.Next(4), bytes.Length - word.Length)));
        return changed;
    }

    private byte[] ReplaceNumber(byte[] bytes) => Replace(bytes, TextTokens.Numbers(bytes), s_numbers[random.Next(s_numbers.Length)]);

    private byte[] ReplaceText(byte[] bytes)
    {
        var tokens = TextTokens.Texts(bytes);

        if (tokens.Count == 0 || random.Next(2) == 0) return Replace(bytes, tokens, s_texts[random.Next(s_texts.Length)]);

        // Another of the same file's names, whole or without its ending, makes twice what should be there once.
        var text = Encoding.Latin1.GetString(bytes[tokens[random.Next(tokens.Count)]]);
        return Replace(
            bytes, tokens, random.Next(2) == 0 && text.Contains('.', StringComparison.Ordinal) ? text[..text.LastIndexOf('.')] : text);
    }

    private byte[] Replace(byte[] bytes, List<Range> tokens, string text)
    {
        if (tokens.Count == 0) return FlipBit(bytes);
        var token = tokens[random.Next(tokens.Count)];
        return [.. bytes[..token.Start], .. Encoding.UTF8.GetBytes(text), .. bytes[token.End..]];
    }

    private byte[] Nest(byte[] bytes)
    {
        var depth = random.Next(3) switch { 0 => 3, 1 => 70, _ => 20_000 };
        var (open, close) = random.Next(2) == 0 ? ("[", "]") : ("{\"a\":", "}");
        var nested = string.Concat(Enumerable.Repeat(open, depth)) + "1" + string.Concat(Enumerable.Repeat(close, depth));
        return Replace(bytes, TextTokens.Numbers(bytes), nested);
    }

    private (int From, int End) Part(byte[] bytes)
    {
        var from = random.Next(bytes.Length + 1);
        return (from, from + random.Next(Math.Min(bytes.Length - from, random.Next(2) == 0 ? 16 : bytes.Length) + 1));
    }
}
