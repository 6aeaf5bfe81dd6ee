using SparseKernels.Training.Parameters;
using SparseKernels.Training.Tensors;

namespace SparseKernels.Training.Pruning;

/// <summary>A whole network at the last evaluation at which it was accurate enough: what comes back when pruning went too far.</summary>
/// <param name="Model">Parameters and buffers, running statistics among them.</param>
/// <param name="Optimiser">The momentum of every parameter.</param>
/// <param name="Masks">The masks of the pruned parameters.</param>
internal sealed record KeptState(IReadOnlyList<NamedTensor> Model, IReadOnlyList<NamedTensor> Optimiser, IReadOnlyList<NamedMask> Masks);
