using System.Runtime.CompilerServices;
using SparseKernels.Memory;
using SparseKernels.Tensors;
using SparseKernels.Training.Sweeps;

namespace SparseKernels.Training.Layers.GroupNormalisation;

/// <summary>
/// The numbers that group normalisation's sweeps read: one for each channel of each image, where a tensor's plane has that lane. Those of
/// lanes past the last channel or image are zero and stay so, and so then does what the sweeps write there.
/// </summary>
internal sealed unsafe class GroupVectors(BlockedTensor like) : IDisposable
{
    /// <summary>Doubles of one plane's sums.</summary>
    public const int Stride = 2 * Lanes.Count;

    private readonly int _length = new PlaneView(like).Count * Lanes.Count;
    private readonly AlignedBuffer _numbers = new(5L * new PlaneView(like).Count * Lanes.Count);
    private readonly double[] _sums = GC.AllocateArray<double>(new PlaneView(like).Count * Stride, pinned: true);
    private readonly int _planesOfImages = new PlaneView(like).PlanesOfImages;
    private readonly bool _lanesAreImages = new PlaneView(like).LanesAreImages;

    public float* Mean => _numbers.Pointer;

    /// <summary>weight / √(variance + ε).</summary>
    public float* Scale => _numbers.Pointer + _length;

    /// <summary>The bias.</summary>
    public float* Shift => _numbers.Pointer + (2 * _length);

    /// <summary>What multiplies x − mean in the gradient.</summary>
    public float* Slope => _numbers.Pointer + (3 * _length);

    /// <summary>What is added in the gradient.</summary>
    public float* Offset => _numbers.Pointer + (4 * _length);

    /// <summary>A plane's two sums of 16 lanes.</summary>
    public double* SumsOf(int plane) => (double*)Unsafe.AsPointer(ref _sums[0]) + ((nint)plane * Stride);

    /// <summary>Where the number of a channel of an image lies.</summary>
    public int IndexOf(int n, int c) => _lanesAreImages
        ? (((n / Lanes.Count * _planesOfImages) + c) * Lanes.Count) + (n % Lanes.Count)
        : (((n * _planesOfImages) + (c / Lanes.Count)) * Lanes.Count) + (c % Lanes.Count);

    /// <summary>The two sums at an index.</summary>
    public (double First, double Second) SumsAt(int index)
    {
        var at = (index / Lanes.Count * Stride) + (index % Lanes.Count);
        return (_sums[at], _sums[at + Lanes.Count]);
    }

    public void Dispose() => _numbers.Dispose();
}
