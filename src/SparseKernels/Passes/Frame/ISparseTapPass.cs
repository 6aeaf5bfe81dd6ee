using SparseKernels.Sparsity;
using SparseKernels.Tensors;

namespace SparseKernels.Passes.Frame;

/// <summary>A way to run Forward or BackwardData that skips the zeros of two operands.</summary>
internal interface ISparseTapPass : IDisposable
{
    /// <summary>The kernels it runs, as <see cref="Kernels.KernelTable"/> names them.</summary>
    IEnumerable<string> KernelIds { get; }

    /// <summary>Whether <see cref="Run"/> limits results itself; otherwise whoever calls it does, behind it.</summary>
    bool Limits { get; }

    /// <summary>Whether <see cref="Run"/> takes the sums that are wanted of what it writes, without a mask of the result.</summary>
    bool TakesMoments { get; }

    /// <summary>Makes a holder for weights in the form this pass reads, to be filled by <see cref="SparseWeightForm.Pack"/>.</summary>
    SparseWeightForm CreateWeights();

    /// <summary>
    /// Runs the pass. Elements outside <paramref name="result"/> may hold anything, as the plan clears them, unless the pass's fine
    /// operand is the result: then they are zero.
    /// </summary>
    /// <param name="input">x or dy.</param>
    /// <param name="weights">Made by this pass.</param>
    /// <param name="epilogue">Bias and limits.</param>
    /// <param name="output">y or dx.</param>
    /// <param name="result">The elements of the output that are wanted; not null if the result is in the pass's pair.</param>
    void Run(in ImageView input, SparseWeightForm weights, TapEpilogue epilogue, in ImageView output, FineMask? result);
}
