using SparseKernels.Memory;
using SparseKernels.Passes.Frame;

namespace SparseKernels.Scheduling.Plans;

/// <summary>The packed weights of one call whose caller brought plain ones: two forms, each allocated when first asked for.</summary>
internal sealed unsafe class PlainCallWeights : IDisposable
{
    private AlignedBuffer? _forward;
    private AlignedBuffer? _backwardData;

    public float* Of(ITapPass pass)
    {
        ref var buffer = ref (pass.Geometry.IsForward ? ref _forward : ref _backwardData);
        buffer ??= new AlignedBuffer(pass.PackedWeightsLength);
        return buffer.Pointer;
    }

    public void Dispose()
    {
        _forward?.Dispose();
        _backwardData?.Dispose();
    }
}
