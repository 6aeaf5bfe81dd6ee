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

    /// <summary>How the elements of a tensor lie side by side; null where they don't, or in another order than our two.</summary>
    /// <param name="tensor">One for which <see cref="IsOfOurKind"/> says yes.</param>
    public static PlainLayout? LayoutOf(Tensor tensor)
    {
        if (tensor.is_contiguous()) return PlainLayout.Nchw;
        if (tensor.dim() != 4 || tensor.NumberOfElements == 0) return null;
        var (sizes, strides) = (tensor.shape, tensor.stride());
        var expected = 1L;
        foreach (var dimension in (ReadOnlySpan<int>)[1, 3, 2, 0])
        {
            // What there is one of may have any stride.
            if (sizes[dimension] != 1 && strides[dimension] != expected) return null;
            expected *= sizes[dimension];
        }

        return PlainLayout.Nhwc;
    }

    /// <summary>The elements of a tensor that is plain.</summary>
    public static Span<float> Floats(Tensor tensor) => MemoryMarshal.Cast<byte, float>(tensor.bytes);

    /// <summary>The elements of a tensor in the order in which they lie.</summary>
    /// <param name="tensor">The tensor, which the caller keeps alive.</param>
    /// <param name="layout">What <see cref="LayoutOf"/> says of it.</param>
    public static Span<float> Floats(Tensor tensor, PlainLayout layout)
    {
        if (layout == PlainLayout.Nchw) return Floats(tensor);
        using var alone = tensor.detach();
        using var view = alone.permute(0, 2, 3, 1);
        return Floats(view);
    }

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

    /// <summary>The same with a layout, which of tensors of other dimensions than four doesn't matter.</summary>
    /// <param name="sizes"><c>[N, C, H, W]</c> whatever the layout, as torch has them.</param>
    /// <param name="layout">The order in which they lie.</param>
    public static Tensor Empty(long[] sizes, PlainLayout layout) => layout == PlainLayout.Nchw || sizes.Length != 4
        ? Empty(sizes)
        : empty_strided(sizes, [sizes[1] * sizes[2] * sizes[3], 1, sizes[1] * sizes[3], sizes[1]], ScalarType.Float32, CPU);
}
