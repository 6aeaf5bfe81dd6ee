using System.Runtime.InteropServices;

namespace SparseKernels.Memory;

/// <summary>
/// Owns a zeroed native array of floats that starts on a 64-byte boundary. Freed by <see cref="SafeHandle.Dispose()"/>, or by the
/// runtime's critical finalizer when nobody did; <see cref="SafeHandle"/> keeps the two from racing.
/// </summary>
internal sealed unsafe class AlignedBuffer : SafeHandle
{
    private const int Alignment = 64;

    public AlignedBuffer(long length) : base(0, ownsHandle: true)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        Length = length;
        var bytes = (nuint)Math.Max(length, 1) * sizeof(float);
        var memory = NativeMemory.AlignedAlloc(bytes, Alignment);
        NativeMemory.Clear(memory, bytes);
        SetHandle((nint)memory);
    }

    public long Length { get; }

    public override bool IsInvalid => handle == 0;

    public float* Pointer
    {
        get
        {
            ObjectDisposedException.ThrowIf(IsClosed, typeof(BlockedTensor));
            return (float*)handle;
        }
    }

    protected override bool ReleaseHandle()
    {
        NativeMemory.AlignedFree((void*)handle);
        return true;
    }
}
