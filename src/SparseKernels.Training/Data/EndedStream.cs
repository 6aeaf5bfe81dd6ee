using System.IO.Compression;

namespace SparseKernels.Training.Data;

/// <summary>
/// A gzip file with one more member behind it, of one byte. The decoder goes on to it only where the member before it is whole, its trailer
/// with check and length among it; at the end of a file that lacks the trailer it would stop without a word. So whoever reads that byte
/// knows that the file was whole, and nothing but gzip.
/// </summary>
/// <param name="file">The file; whoever opened it closes it.</param>
internal sealed class EndedStream(Stream file) : Stream
{
    /// <summary>The byte behind the data.</summary>
    public const byte Mark = 0xA5;

    private static readonly byte[] s_end = Pack();

    private int _given;

    /// <inheritdoc/>
    public override bool CanRead => true;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override bool CanWrite => false;

    /// <inheritdoc/>
    public override long Length => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <inheritdoc/>
    public override int Read(Span<byte> buffer)
    {
        var count = file.Read(buffer);
        if (count > 0 || buffer.IsEmpty) return count;
        count = Math.Min(buffer.Length, s_end.Length - _given);
        s_end.AsSpan(_given, count).CopyTo(buffer);
        _given += count;
        return count;
    }

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    /// <inheritdoc/>
    public override void Flush()
    {
    }

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    private static byte[] Pack()
    {
        var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest)) gzip.WriteByte(Mark);
        return packed.ToArray();
    }
}
