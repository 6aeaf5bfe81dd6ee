namespace SparseKernels.Fuzz.Mutations;

/// <summary>Where numbers and quoted texts stand among bytes.</summary>
internal static class TextTokens
{
    /// <summary>Runs that begin with a digit or minus and go on as numbers do, quoted ones too.</summary>
    public static List<Range> Numbers(ReadOnlySpan<byte> bytes)
    {
        var found = new List<Range>();
        for (var i = 0; i < bytes.Length; i++)
        {
            if (!(char.IsAsciiDigit((char)bytes[i]) || bytes[i] == '-') || (i > 0 && char.IsAsciiLetterOrDigit((char)bytes[i - 1]))) continue;
            var end = i + 1;
            while (end < bytes.Length && (char.IsAsciiDigit((char)bytes[end]) || bytes[end] is (byte)'.' or (byte)'e' or (byte)'E' or (byte)'-' or (byte)'+')) end++;
            found.Add(i..end);
            i = end;
        }

        return found;
    }

    /// <summary>What stands between quotes.</summary>
    public static List<Range> Texts(ReadOnlySpan<byte> bytes)
    {
        var found = new List<Range>();
        for (var i = 0; i < bytes.Length; i++)
        {
            if (bytes[i] != '"') continue;
            var end = i + 1;
            while (end < bytes.Length && bytes[end] != '"') end += bytes[end] == '\\' ? 2 : 1;
            if (end >= bytes.Length) break;
            found.Add((i + 1)..end);
            i = end;
        }

        return found;
    }
}
