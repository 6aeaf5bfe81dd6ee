using SparseKernels.Training.Files;
using static TorchSharp.torch;

namespace SparseKernels.TorchSharp.StateDicts;

/// <summary>Writes a model's parameters and buffers as a safetensors file.</summary>
internal static class StateDictWriter
{
    /// <summary>Writes them, those of large elements first, so that each lies at a multiple of its elements' size.</summary>
    /// <param name="model">The model.</param>
    /// <param name="path">The file.</param>
    /// <exception cref="NotSupportedException">A tensor is of a type that the format has not; nothing was written then.</exception>
    /// <exception cref="IOException">Writing fails; a file that was there is as it was.</exception>
    public static void Write(AnyModule model, string path)
    {
        using var scope = NewDisposeScope();
        using var grad = no_grad();
        TensorBytes[] tensors = [.. model.state_dict().OrderByDescending(entry => entry.Value.ElementSize).Select(entry => Of(entry.Key, entry.Value))];

        // "pt" is what PyTorch's loaders look for.
        SafetensorsBytes.Save(path, tensors, new Dictionary<string, string> { ["format"] = "pt" });
    }

    private static TensorBytes Of(string name, Tensor tensor)
    {
        if (name == SafetensorsHeader.MetadataName)
            throw new NotSupportedException($"'{name}' is a reserved name of the safetensors format: no tensor can be called so.");
        if (tensor.is_sparse || ElementKinds.NameOf(tensor.dtype) is not { } type)
            throw new NotSupportedException($"'{name}' must be of dense floats, integers or booleans, got {(tensor.is_sparse ? "a sparse tensor of " : "")}{tensor.dtype}.");
        if (tensor.NumberOfElements * tensor.ElementSize > int.MaxValue)
            throw new NotSupportedException($"'{name}' must be under 2 GiB, got {tensor.NumberOfElements} elements of {tensor.dtype}.");
        var plain = tensor.detach().cpu().contiguous();
        return new TensorBytes(name, type, [.. tensor.shape.Select(size => (int)size)], () => plain.NumberOfElements == 0 ? [] : plain.bytes);
    }
}
