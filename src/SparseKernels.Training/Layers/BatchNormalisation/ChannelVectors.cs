using SparseKernels.Isa;
using SparseKernels.Memory;
using SparseKernels.Training.Sweeps;

namespace SparseKernels.Training.Layers.BatchNormalisation;

/// <summary>
/// The numbers per channel that batch normalisation's sweeps read, each padded with zeros to whole blocks: padding lanes stay zero.
/// </summary>
internal sealed unsafe class ChannelVectors(int channels) : IDisposable
{
    private readonly int _padded = LaneBlock.Count(channels) * Lanes.Count;
    private readonly AlignedBuffer _buffer = new(6L * LaneBlock.Count(channels) * Lanes.Count);

    public float* Mean => _buffer.Pointer;

    public float* InverseDeviation => _buffer.Pointer + _padded;

    /// <summary>weight · inverse deviation.</summary>
    public float* Scale => _buffer.Pointer + (2 * _padded);

    /// <summary>bias − mean · scale.</summary>
    public float* Shift => _buffer.Pointer + (3 * _padded);

    /// <summary>What multiplies x − mean in the gradient.</summary>
    public float* Slope => _buffer.Pointer + (4 * _padded);

    /// <summary>What is added in the gradient.</summary>
    public float* Offset => _buffer.Pointer + (5 * _padded);

    public void Dispose() => _buffer.Dispose();
}
