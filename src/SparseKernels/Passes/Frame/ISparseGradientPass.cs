using SparseKernels.Sparsity;
using SparseKernels.Tensors;

namespace SparseKernels.Passes.Frame;

/// <summary>A way to run BackwardWeights that skips the zeros of two operands.</summary>
internal unsafe interface ISparseGradientPass : IDisposable
{
    /// <summary>The kernels it runs, as <see cref="Kernels.KernelTable"/> names them.</summary>
    IEnumerable<string> KernelIds { get; }

    /// <summary>
    /// Computes <c>dw</c>, plain <c>[K, C/Groups, R, S]</c>. Elements outside <paramref name="wanted"/> may hold anything unless the
    /// pass's fine operand is the weights; the plan clears them.
    /// </summary>
    /// <param name="x">The input.</param>
    /// <param name="dy">The output's gradient.</param>
    /// <param name="dw">The result, overwritten.</param>
    /// <param name="wanted">The weights whose gradient is wanted; not null if the weights are in the pass's pair.</param>
    /// <returns>Whether all of dw is finite; false also where something that no one reads was not.</returns>
    bool Run(in ImageView x, in ImageView dy, float* dw, WeightPattern? wanted);
}
