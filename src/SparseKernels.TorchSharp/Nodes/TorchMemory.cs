using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace SparseKernels.TorchSharp.Nodes;

/// <summary>
/// Memory of torch's as .NET's, whose place may change between calls: whoever calls keeps the tensor alive as long as it is read.
/// </summary>
/// <param name="length">Elements.</param>
internal sealed unsafe class TorchMemory(int length) : MemoryManager<float>
{
    private float* _pointer;

    /// <inheritdoc/>
    public override Span<float> GetSpan() => _pointer is null
        ? throw new InvalidOperationException("memory of a tensor was read before it was known where the tensor lies.")
        : new Span<float>(_pointer, length);

    /// <inheritdoc/>
    public override MemoryHandle Pin(int elementIndex = 0) => new(_pointer + elementIndex);

    /// <inheritdoc/>
    public override void Unpin()
    {
    }

    /// <summary>Says where the elements lie from now on.</summary>
    /// <param name="elements">Native memory of the length.</param>
    public void PointTo(Span<float> elements) => _pointer = (float*)Unsafe.AsPointer(ref MemoryMarshal.GetReference(elements));

    /// <inheritdoc/>
    protected override void Dispose(bool disposing) => _pointer = null;
}
