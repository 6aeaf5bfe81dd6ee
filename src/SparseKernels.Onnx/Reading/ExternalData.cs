using System.Globalization;
using SparseKernels.Onnx.Proto;

namespace SparseKernels.Onnx.Reading;

/// <summary>Reads elements that lie in a file beside the model (external data of the ONNX standard).</summary>
/// <param name="folder">The model's folder, which no side file may lie outside of; null if the model came without one.</param>
internal sealed class ExternalData(string? folder)
{
    /// <summary>Reads a tensor's bytes.</summary>
    /// <param name="tensor">The tensor.</param>
    /// <param name="size">Bytes that its sizes and type ask for.</param>
    /// <returns>The bytes.</returns>
    /// <exception cref="InvalidDataException">The file is absent, too short or outside the folder, or the tensor says something else.</exception>
    public byte[] Read(TensorProto tensor, long size)
    {
        var location = Entry(tensor, "location") ?? throw new InvalidDataException("its elements lie in another file, but it doesn't say which.");
        var offset = Number(tensor, "offset") ?? 0;
        var length = Number(tensor, "length") ?? size;
        if (length != size) throw new InvalidDataException($"its sizes ask for {size} bytes, '{location}' is said to have {length} of them.");
        if (size > Array.MaxLength) throw new InvalidDataException($"{size} bytes are too many.");
        using var file = Open(location);
        if (offset > file.Length || size > file.Length - offset)
            throw new InvalidDataException($"'{location}' has {file.Length} bytes, but {size} from {offset} on are asked of it.");
        var bytes = new byte[size];
        file.Position = offset;
        file.ReadExactly(bytes);
        return bytes;
    }

    private static string? Entry(TensorProto tensor, string key) => tensor.ExternalData.FirstOrDefault(entry => entry.Key == key)?.Value;

    private static long? Number(TensorProto tensor, string key)
    {
        if (Entry(tensor, key) is not { } text) return null;
        return long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value)
            ? value
            : throw new InvalidDataException($"{key} of its external data must be a number of 0 or more, got '{text}'.");
    }

    private FileStream Open(string location)
    {
        if (folder is null) throw new InvalidDataException($"its elements lie in '{location}', but a model that is no file has no files beside it.");
        var root = Path.GetFullPath(folder);
        var path = Path.GetFullPath(Path.Combine(root, location));
        if (Path.IsPathRooted(location) || !path.StartsWith(Path.TrimEndingDirectorySeparator(root) + Path.DirectorySeparatorChar, StringComparison.Ordinal))
            throw new InvalidDataException($"its elements lie in '{location}', which is outside the model's folder.");
        try
        {
            return File.OpenRead(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InvalidDataException($"its elements lie in '{location}', which can't be read: {e.Message}", e);
        }
    }
}
