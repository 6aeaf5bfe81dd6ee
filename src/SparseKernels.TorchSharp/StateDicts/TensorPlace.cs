using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace SparseKernels.TorchSharp.StateDicts;

/// <summary>Where a tensor on the CPU lies: its first element's address, and the bytes from there to behind the last.</summary>
/// <param name="First">The address.</param>
/// <param name="Bytes">The bytes.</param>
/// <param name="Order">Sizes and strides, for comparison.</param>
internal readonly record struct TensorPlace(nint First, long Bytes, string Order)
{
    /// <summary>The place of a tensor; null for one without elements, or on another device.</summary>
    /// <param name="tensor">The tensor.</param>
    public static unsafe TensorPlace? Of(Tensor tensor)
    {
        if (tensor.NumberOfElements == 0 || tensor.device_type != DeviceType.CPU) return null;
        using var grad = no_grad();
        using var plain = tensor.detach();
        using var first = plain.as_strided([1], [1], plain.storage_offset());
        var (sizes, strides) = (tensor.shape, tensor.stride());
        var last = sizes.Zip(strides, (size, stride) => (size - 1) * stride).Sum();
        return new TensorPlace(
            (nint)Unsafe.AsPointer(ref MemoryMarshal.GetReference(first.bytes)), (last + 1) * tensor.ElementSize,
            $"[{string.Join(", ", sizes)}] by [{string.Join(", ", strides)}] of {tensor.dtype}");
    }

    /// <summary>Whether two places have a byte in common.</summary>
    public bool Overlaps(TensorPlace other) => First < other.First + other.Bytes && other.First < First + Bytes;

    /// <summary>Whether two elements of a tensor may lie in one place, as those of an expanded one do.</summary>
    /// <param name="tensor">The tensor.</param>
    public static bool RepeatsElements(Tensor tensor)
    {
        var reach = 0L;
        foreach (var (size, stride) in tensor.shape.Zip(tensor.stride()).Where(way => way.First > 1).OrderBy(way => way.Second))
        {
            if (stride <= reach) return true;
            reach += (size - 1) * stride;
        }

        return false;
    }
}
