using System.Runtime.InteropServices;

namespace SparseKernels.Memory;

/// <summary>
/// Owns a zeroed native array of floats that starts on a 64-byte boundary. Freed by <see cref="SafeHandle.Dispose()"/>, or by the
/// runtime's critical finalizer when nobody did; <see cref="SafeHandle"/> keeps the two from racing.
/// </summary>
internal sealed unsafe class AlignedBuffer : SafeHandle
{
    private const int Alignment = 64;

    private readonly string _owner;

    /// <param name="length">Floats.</param>
    /// <param name="owner">What the caller knows as disposed when the memory is gone.</param>
    public AlignedBuffer(long length, string owner = nameof(AlignedBuffer)) : base(0, ownsHandle: true)
    {
        _owner = owner;
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        Length = length;
        var memory = NativeMemory.AlignedAlloc((nuint)Bytes, HugePages.Suit(Bytes) ? (nuint)HugePages.Size : Alignment);
        HugePages.Advise(memory, Bytes);
        NativeMemory.Clear(memory, (nuint)Bytes);
        SetHandle((nint)memory);
        NativeBytes.Allocated(Bytes);
    }

    public long Length { get; }

    private long Bytes => Math.Max(Length, 1) * sizeof(float);

    public override bool IsInvalid => handle == 0;

    public float* Pointer
    {
        get
        {
            if (IsClosed) throw new ObjectDisposedException(_owner);
            return (float*)handle;
        }
    }

    protected override bool ReleaseHandle()
    {
        NativeMemory.AlignedFree((void*)handle);
        NativeBytes.Freed(Bytes);
        return true;
    }
}
