using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace SparseKernels.TorchSharp.Nodes;

/// <summary>Tensors as .NET's spans over torch's own memory.</summary>
internal static class TensorMemory
{
    /// <summary>Whether a tensor can be read in place: 32-bit floats on the CPU, side by side in their order, under 2 GiB.</summary>
    public static bool IsPlain(Tensor tensor) => IsOfOurKind(tensor) && tensor.is_contiguous();

    /// <summary>As <see cref="IsPlain"/>, in any order of memory.</summary>
    public static bool IsOfOurKind(Tensor tensor) =>
        tensor.dtype == ScalarType.Float32 && tensor.device_type == DeviceType.CPU && !tensor.is_sparse
        && tensor.NumberOfElements <= int.MaxValue / sizeof(float);

    /// <summary>The elements of a tensor that is plain.</summary>
    public static Span<float> Floats(Tensor tensor) => MemoryMarshal.Cast<byte, float>(tensor.bytes);

    /// <summary>Copies a tensor of any floating type and device.</summary>
    /// <param name="tensor">The tensor.</param>
    /// <param name="to">As many elements as it has, overwritten.</param>
    public static void CopyTo(Tensor tensor, Span<float> to)
    {
        using var grad = no_grad();
        using var plain = tensor.detach().to(ScalarType.Float32, CPU).contiguous();
        Floats(plain).CopyTo(to);
    }

    /// <summary>A tensor of 32-bit floats on the CPU, whatever torch's defaults are; its elements are not set.</summary>
    public static Tensor Empty(ReadOnlySpan<long> sizes) => empty(sizes, ScalarType.Float32, CPU);
}
