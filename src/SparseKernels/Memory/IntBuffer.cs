using System.Runtime.InteropServices;

namespace SparseKernels.Memory;

/// <summary>Owns a native array of 32-bit integers: the offset tables that kernels walk.</summary>
internal sealed unsafe class IntBuffer : SafeHandle
{
    private readonly long _bytes;

    public IntBuffer(long length) : base(0, ownsHandle: true)
    {
        _bytes = Math.Max(length, 1) * sizeof(int);
        SetHandle((nint)NativeMemory.Alloc((nuint)_bytes));
        NativeBytes.Allocated(_bytes);
    }

    public override bool IsInvalid => handle == 0;

    public int* Pointer => (int*)handle;

    protected override bool ReleaseHandle()
    {
        NativeMemory.Free((void*)handle);
        NativeBytes.Freed(_bytes);
        return true;
    }
}
