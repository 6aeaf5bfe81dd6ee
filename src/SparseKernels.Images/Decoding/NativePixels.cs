using System.Runtime.InteropServices;

namespace SparseKernels.Images.Decoding;

/// <summary>Memory outside the collector's heap, where the decoder puts a picture before it is packed: large, and soon over.</summary>
internal sealed unsafe class NativePixels : IDisposable
{
    private readonly nuint _bytes;

    /// <summary>Takes memory, zeroed: what a frame doesn't cover is black.</summary>
    /// <param name="bytes">How much.</param>
    public NativePixels(nuint bytes)
    {
        _bytes = bytes;
        Pointer = NativeMemory.AllocZeroed(bytes);
        GC.AddMemoryPressure((long)bytes);
    }

    public void* Pointer { get; private set; }

    public void Dispose()
    {
        if (Pointer == null) return;
        NativeMemory.Free(Pointer);
        GC.RemoveMemoryPressure((long)_bytes);
        Pointer = null;
    }
}
