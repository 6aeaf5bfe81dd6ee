using SparseKernels.Tensors;
using SparseKernels.Training.Parameters;
using SparseKernels.Training.Sweeps;

namespace SparseKernels.Training.Traffic;

/// <summary>
/// Bytes that a pass asks memory for, by the sizes of what it sweeps over: a tensor's pixels, lanes without image or channel included, borders
/// not. What a sweep touches again while it is in cache counts once; vectors of numbers and bits of zeros are left out. A convolution counts
/// each operand once, however often its tiles read it.
/// </summary>
/// <param name="Read">Bytes read.</param>
/// <param name="Written">Bytes written.</param>
internal readonly record struct LayerTraffic(long Read, long Written)
{
    /// <summary>Bytes read and written.</summary>
    public long Total => Read + Written;

    public static LayerTraffic operator +(LayerTraffic a, LayerTraffic b) => new(a.Read + b.Read, a.Written + b.Written);

    /// <summary>A sweep that reads tensors.</summary>
    public static LayerTraffic Reading(params ReadOnlySpan<BlockedTensor> tensors)
    {
        long bytes = 0;
        foreach (var tensor in tensors) bytes += BytesOf(tensor);
        return new LayerTraffic(bytes, 0);
    }

    /// <summary>A sweep that writes a tensor.</summary>
    public static LayerTraffic Writing(BlockedTensor tensor) => new(0, BytesOf(tensor));

    /// <summary>A sweep that reads a parameter's live weights.</summary>
    public static LayerTraffic ReadingWeights(Parameter weight) => new(BytesOf(weight), 0);

    /// <summary>A sweep that writes what has the size of a parameter's live weights.</summary>
    public static LayerTraffic WritingWeights(Parameter weight) => new(0, BytesOf(weight));

    private static long BytesOf(BlockedTensor tensor)
    {
        var view = new PlaneView(tensor);
        return view.Count * view.Runs * (long)view.RunLength * sizeof(float);
    }

    private static long BytesOf(Parameter weight) => (weight.Mask?.Count ?? weight.Length) * (long)sizeof(float);
}
