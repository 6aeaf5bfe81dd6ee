using System.Runtime.CompilerServices;
using SparseKernels.Training.Sweeps;

namespace SparseKernels.Training.Zeros;

/// <summary>
/// Where a sweep leaves the non-zeros of its output: a word for each pixel and block of channels. −0 is zero, NaN is not.
/// </summary>
internal readonly unsafe struct NonZeroWords(ushort* words, PlaneCounts counts, int pixels)
{
    private readonly ushort* _words = words;
    private readonly PlaneCounts? _counts = counts;
    private readonly int _pixels = pixels;

    /// <summary>Whether anybody wants them.</summary>
    public bool AreWanted => _counts is not null;

    /// <summary>Writes a pixel's word.</summary>
    /// <param name="element">Where the pixel's 16 channels lie in the output.</param>
    /// <param name="value">The channels.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Write(nint element, Lanes value) => _words[(nuint)element / Lanes.Count] = value.NonZeroBits();

    /// <summary>Counts a plane all of whose words are written: they are still in the cache.</summary>
    /// <param name="plane">The plane.</param>
    public void Count(int plane) => _counts!.Count(plane, _words + ((nint)plane * _pixels));
}
