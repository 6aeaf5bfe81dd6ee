using SparseKernels.Tensors;

namespace SparseKernels.Passes.Frame;

/// <summary>A way to run BackwardWeights.</summary>
internal unsafe interface IGradientPass : IDisposable
{
    /// <summary>Computes <c>dw</c>, plain <c>[K, C/Groups, R, S]</c>, from x and dy.</summary>
    /// <returns>Whether all of dw is finite; false also where something that no one reads was not.</returns>
    bool Run(in ImageView x, in ImageView dy, float* dw);
}
