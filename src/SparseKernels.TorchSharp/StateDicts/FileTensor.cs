using System.Runtime.InteropServices;
using SparseKernels.Training.Checkpoints;
using SparseKernels.Training.Files;
using static TorchSharp.torch;

namespace SparseKernels.TorchSharp.StateDicts;

/// <summary>A tensor that was read from a file.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">Its elements' type, as safetensors calls it.</param>
/// <param name="Shape">Its sizes.</param>
/// <param name="Values">Its elements, row-major.</param>
internal sealed record FileTensor(string Name, string Type, int[] Shape, byte[] Values)
{
    /// <summary>All tensors of a file of any writer, or of this library's sparse form.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">It is damaged.</exception>
    public static List<FileTensor> ReadAll(string path)
    {
        var tensors = new List<FileTensor>();
        var metadata = SafetensorsBytes.Read(path, (entry, values) => tensors.Add(new FileTensor(entry.Name, entry.Type, entry.Shape, values)));
        return !WeightsFile.IsSparse(metadata) ? tensors : [.. WeightsFile.Read(path).Tensors.Select(tensor => new FileTensor(
            tensor.Name, ElementTypes.Float32, tensor.Shape, MemoryMarshal.AsBytes(tensor.Values.AsSpan()).ToArray()))];
    }

    /// <summary>It as a tensor of the type that another one has.</summary>
    /// <param name="to">The other one.</param>
    /// <returns>The tensor; null where values would not be what they were: floats as integers, or integers that don't fit.</returns>
    public Tensor? As(Tensor to)
    {
        if (ElementKinds.Of(Type) is not { } type) return null;
        var tensor = empty([.. Shape.Select(size => (long)size)], type, CPU);
        if (Values.Length > 0) Values.CopyTo(tensor.bytes);
        if (type == to.dtype) return tensor;
        var converted = tensor.to(to.dtype);
        var (fromFloats, toFloats) = (ElementKinds.AreFloats(type), ElementKinds.AreFloats(to.dtype));
        if ((fromFloats && toFloats) || Values.Length == 0) return converted;

        // In a type that holds both: 255 would come back from a signed byte as it was.
        var wide = fromFloats || toFloats ? ScalarType.Float64 : ScalarType.Int64;
        return converted.to(wide).eq(tensor.to(wide)).all().item<bool>() ? converted : null;
    }

    /// <summary>Whether another tensor of the file has the same elements.</summary>
    public bool HasValuesOf(FileTensor other) => Type == other.Type && Shape.AsSpan().SequenceEqual(other.Shape) && Values.AsSpan().SequenceEqual(other.Values);
}
