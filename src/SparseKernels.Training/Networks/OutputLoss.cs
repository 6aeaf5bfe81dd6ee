namespace SparseKernels.Training.Networks;

/// <summary>
/// A loss of one's own over the outputs of a network. It is called once for each batch, between Forward and Backward: it reads
/// <see cref="OutputValues.Values"/> and writes <c>dL/dy</c> to <see cref="OutputValues.Gradient"/> for each output that L depends on. To be that
/// of the batch's mean, as <see cref="Network.Step(ReadOnlySpan{float}, ReadOnlySpan{int}, Optimisation.IOptimiser, float)"/> has it, it divides by the
/// number of images itself. It must not call the network.
/// </summary>
/// <param name="outputs">The outputs, and the place for their gradients.</param>
/// <returns>L, which is handed on to the caller.</returns>
public delegate double OutputLoss(OutputValues outputs);
