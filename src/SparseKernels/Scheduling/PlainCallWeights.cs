using SparseKernels.Memory;

namespace SparseKernels.Scheduling;

/// <summary>The packed weights of one call whose caller brought plain ones: two forms, each allocated when first asked for.</summary>
internal sealed unsafe class PlainCallWeights(ConvolutionPlan plan) : IDisposable
{
    private AlignedBuffer? _forward;
    private AlignedBuffer? _backwardData;

    public float* Of(TapPass pass)
    {
        ref var buffer = ref (pass == plan.ForwardPass ? ref _forward : ref _backwardData);
        buffer ??= new AlignedBuffer(pass.Weights.Length);
        return buffer.Pointer;
    }

    public void Dispose()
    {
        _forward?.Dispose();
        _backwardData?.Dispose();
    }
}
