using System.Buffers;

namespace PictureServer.Requests;

/// <summary>A picture's file as it came, in memory that is used again.</summary>
internal sealed class Upload : IDisposable
{
    private const int FirstBytes = 1 << 16;

    private static readonly string[] s_plain = ["application/octet-stream", "application/x-www-form-urlencoded"]; // The second is curl's default.

    private byte[] _bytes;
    private int _count;

    private Upload(long? length) => _bytes = ArrayPool<byte>.Shared.Rent((int)Math.Max(length ?? 0, FirstBytes));

    /// <summary>The file.</summary>
    public ReadOnlySpan<byte> File => _bytes.AsSpan(0, _count);

    /// <summary>Whether a request can hold a picture.</summary>
    public static bool IsPossible(HttpRequest request) => request.ContentType is not { } type || IsForm(request)
        || type.StartsWith("image/", StringComparison.OrdinalIgnoreCase) || s_plain.Any(plain => type.StartsWith(plain, StringComparison.OrdinalIgnoreCase));

    /// <summary>Reads the body, or the first file of a form.</summary>
    /// <exception cref="BadHttpRequestException">It is too large or ends early.</exception>
    /// <exception cref="InvalidDataException">The form is damaged or holds no file.</exception>
    /// <exception cref="OperationCanceledException">The client went away.</exception>
    public static async Task<Upload> ReadAsync(HttpRequest request, CancellationToken cancellation)
    {
        if (!IsForm(request)) return await ReadAsync(request.Body, request.ContentLength, cancellation);
        var form = await request.ReadFormAsync(cancellation);
        if (form.Files.Count == 0) throw new InvalidDataException("the form holds no file.");
        await using var file = form.Files[0].OpenReadStream();
        return await ReadAsync(file, form.Files[0].Length, cancellation);
    }

    public void Dispose()
    {
        ArrayPool<byte>.Shared.Return(_bytes);
        _bytes = [];
    }

    private static bool IsForm(HttpRequest request) => request.ContentType?.StartsWith("multipart/form-data", StringComparison.OrdinalIgnoreCase) is true;

    private static async Task<Upload> ReadAsync(Stream body, long? length, CancellationToken cancellation)
    {
        var upload = new Upload(length);
        try
        {
            int read;
            while ((read = await body.ReadAsync(upload._bytes.AsMemory(upload._count), cancellation)) > 0)
            {
                upload._count += read;
                if (upload._count == upload._bytes.Length) upload.Grow();
            }

            return upload;
        }
        catch
        {
            upload.Dispose();
            throw;
        }
    }

    private void Grow()
    {
        var larger = ArrayPool<byte>.Shared.Rent(2 * _bytes.Length);
        File.CopyTo(larger);
        ArrayPool<byte>.Shared.Return(_bytes);
        _bytes = larger;
    }
}
