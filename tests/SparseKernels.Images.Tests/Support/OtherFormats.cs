using System.Buffers.Binary;

namespace SparseKernels.Images.Tests.Support;

/// <summary>Files of formats that Skia reads and doesn't write.</summary>
internal static class OtherFormats
{
    /// <summary>A JPEG of inks, 16×16 pixels of one colour, as PIL 9.4 wrote it for <c>(40, 90, 150, 70)</c>; it reads (156, 120, 76).</summary>
    public static byte[] CmykJpeg => Convert.FromBase64String(
        "/9j/7gAOQWRvYmUAZAAAAAAA/9sAQwACAQEBAQECAQEBAgICAgIEAwICAgIFBAQDBAYFBgYGBQYGBgcJCAYHCQcGBggLCAkKCgoKCgYICwwLCgwJCgoK/8AAFAgAEAAQBEMR" +
        "AE0RAFkRAEsRAP/EAB8AAAEFAQEBAQEBAAAAAAAAAAABAgMEBQYHCAkKC//EALUQAAIBAwMCBAMFBQQEAAABfQECAwAEEQUSITFBBhNRYQcicRQygZGhCCNCscEVUtHwJDNi" +
        "coIJChYXGBkaJSYnKCkqNDU2Nzg5OkNERUZHSElKU1RVVldYWVpjZGVmZ2hpanN0dXZ3eHl6g4SFhoeIiYqSk5SVlpeYmZqio6Slpqeoqaqys7S1tre4ubrCw8TFxsfIycrS" +
        "09TV1tfY2drh4uPk5ebn6Onq8fLz9PX29/j5+v/aAA4EQwBNAFkASwAAPwD9XK+lK8jr7koooooooooooor/2Q==");

    /// <summary>A bitmap of 24 bits, rows from the bottom up, each of a multiple of four bytes.</summary>
    public static byte[] Bmp(int width, int height, Func<int, int, (int R, int G, int B)> pixel)
    {
        var stride = ((3 * width) + 3) / 4 * 4;
        var file = new byte[54 + (stride * height)];
        (file[0], file[1], file[10], file[14], file[26], file[28]) = ((byte)'B', (byte)'M', 54, 40, 1, 24);
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(2), file.Length);
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(18), width);
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(22), height);
        for (var y = 0; y < height; y++)
        {
            for (var x = 0; x < width; x++)
            {
                var (r, g, b) = pixel(x, y);
                var at = 54 + ((height - 1 - y) * stride) + (3 * x);
                (file[at], file[at + 1], file[at + 2]) = ((byte)b, (byte)g, (byte)r);
            }
        }

        return file;
    }

    /// <summary>An animation of frames of one colour each; codes of eight bits, and the table never grows.</summary>
    public static byte[] Gif(byte width, byte height, params (byte R, byte G, byte B)[] frames)
    {
        var file = new List<byte>([.. "GIF89a"u8, width, 0, height, 0, 0xF6, 0, 0]);
        for (var i = 0; i < 128; i++) file.AddRange(i < frames.Length ? [frames[i].R, frames[i].G, frames[i].B] : [0, 0, 0]);
        for (byte frame = 0; frame < frames.Length; frame++)
        {
            file.AddRange([0x21, 0xF9, 4, 0, 10, 0, 0, 0]);
            file.AddRange([0x2C, 0, 0, 0, 0, width, 0, height, 0, 0, 7]);
            var codes = Enumerable.Range(0, width * height).Chunk(100).SelectMany(chunk => chunk.Select(_ => frame).Prepend((byte)0x80)).Append((byte)0x81);
            foreach (var block in codes.Chunk(255)) file.AddRange([(byte)block.Length, .. block]);
            file.Add(0);
        }

        return [.. file, 0x3B];
    }
}
