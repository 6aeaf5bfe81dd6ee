using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace SparseKernels.Images.Decoding;

/// <summary>
/// Where the decoder puts a picture before it is packed. Each thread keeps what pictures of usual sizes need, which saves the system's work of
/// giving it anew, as much as a third of the time; for larger ones memory outside the collector's heap is taken and soon given back.
/// </summary>
internal sealed unsafe class NativePixels : IDisposable
{
    /// <summary>Bytes that a thread keeps at most: a picture of four million pixels.</summary>
    public const int MostKept = 16 << 20;

    [ThreadStatic]
    private static byte[]? s_kept;

    private readonly nuint _bytes;
    private void* _own;

    /// <summary>Takes memory, zeroed: what a frame doesn't cover is black. On a thread that has another one, that must be over.</summary>
    /// <param name="bytes">How much.</param>
    public NativePixels(nuint bytes)
    {
        _bytes = bytes;
        if (bytes <= MostKept)
        {
            if (s_kept is null || s_kept.Length < (int)bytes) s_kept = GC.AllocateUninitializedArray<byte>((int)bytes, pinned: true);
            Array.Clear(s_kept, 0, (int)bytes);
            Pointer = Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(s_kept));
            return;
        }

        Pointer = _own = NativeMemory.AllocZeroed(bytes);
        GC.AddMemoryPressure((long)bytes);
    }

    public void* Pointer { get; private set; }

    public void Dispose()
    {
        Pointer = null;
        if (_own == null) return;
        NativeMemory.Free(_own);
        GC.RemoveMemoryPressure((long)_bytes);
        _own = null;
    }
}
