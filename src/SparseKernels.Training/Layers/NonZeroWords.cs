using System.Runtime.CompilerServices;

namespace SparseKernels.Training.Layers;

/// <summary>Where a sweep writes the non-zeros of its output: a word for each pixel and block of channels. −0 is zero, NaN is not.</summary>
internal readonly unsafe struct NonZeroWords
{
    private readonly ushort* _words;

    /// <summary>The words of a mask; nowhere for null.</summary>
    /// <param name="mask">The mask.</param>
    /// <param name="output">The tensor that the sweep writes.</param>
    /// <param name="layer">What messages call the layer.</param>
    /// <exception cref="InvalidOperationException">The mask's sizes are not the tensor's.</exception>
    public NonZeroWords(FineMask? mask, BlockedTensor output, string layer)
    {
        if (mask is null) return;
        if ((mask.N, mask.C, mask.H, mask.W) != (output.N, output.C, output.H, output.W))
            throw new InvalidOperationException(
                $"{layer}: NonZeros must be [{output.N}, {output.C}, {output.H}, {output.W}] as the output, got [{mask.N}, {mask.C}, {mask.H}, {mask.W}].");
        _words = mask.Pointer;
    }

    /// <summary>Writes a pixel's word.</summary>
    /// <param name="element">Where the pixel's 16 channels lie in the output.</param>
    /// <param name="value">The channels.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Write(nint element, Lanes value) => _words[(nuint)element / Lanes.Count] = value.NonZeroBits();
}
