using SparseKernels.Tensors;

namespace SparseKernels.Passes.Frame;

/// <summary>A way to run BackwardWeights.</summary>
internal unsafe interface IGradientPass : IDisposable
{
    /// <summary>Computes <c>dw</c>, plain <c>[K, C/Groups, R, S]</c>, from x and dy.</summary>
    void Run(in ImageView x, in ImageView dy, float* dw);
}
