using System.Runtime.InteropServices;

namespace SparseKernels.Memory;

/// <summary>Owns a native array of 32-bit integers: the offset tables that kernels walk.</summary>
internal sealed unsafe class IntBuffer : SafeHandle
{
    public IntBuffer(long length) : base(0, ownsHandle: true) =>
        SetHandle((nint)NativeMemory.Alloc((nuint)Math.Max(length, 1), sizeof(int)));

    public override bool IsInvalid => handle == 0;

    public int* Pointer => (int*)handle;

    protected override bool ReleaseHandle()
    {
        NativeMemory.Free((void*)handle);
        return true;
    }
}
