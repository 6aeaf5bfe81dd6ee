using System.Globalization;
using System.Text;

namespace SparseKernels.Training.Files;

/// <summary>
/// The checksum that a file carries of itself in its metadata: <c>checksum: "crc32c:1a2b3c4d"</c>, the <see cref="Crc32C"/> of every byte
/// of the file with these eight digits as zeros. A second key says that there is one, so that no flipped bit, not even in the first key's
/// name, makes a file pass for one without: it hits one of the two, and then the other is wrong or alone.
/// </summary>
internal static class FileChecksum
{
    /// <summary>The key of the checksum.</summary>
    public const string Key = "checksum";

    /// <summary>The key that says of what kind it is.</summary>
    public const string MarkerKey = "has-checksum";

    /// <summary>The marker's value.</summary>
    public const string Marker = "crc32c";

    /// <summary>The checksum's value before it is known.</summary>
    public const string Unknown = Prefix + "00000000";

    /// <summary>What stands before the digits.</summary>
    public const string Prefix = Marker + ":";

    /// <summary>How many digits there are, hexadecimal and small.</summary>
    public const int Digits = 8;

    /// <summary>Whether a value as it stands in a file is of this form; any other is another tool's.</summary>
    public static bool IsOurs(ReadOnlySpan<byte> value) => value.Length == Prefix.Length + Digits && value.StartsWith("crc32c:"u8);

    /// <summary>The digits of a checksum.</summary>
    public static string Text(Crc32C checksum) => checksum.Value.ToString("x8", CultureInfo.InvariantCulture);

    /// <summary>Writes them.</summary>
    public static void Write(Crc32C checksum, Span<byte> digits) => Encoding.ASCII.GetBytes(Text(checksum), digits);
}
