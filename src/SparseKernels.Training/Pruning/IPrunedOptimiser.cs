using SparseKernels.Training.Optimisation;
using SparseKernels.Training.Parameters;

namespace SparseKernels.Training.Pruning;

/// <summary>An optimiser of a network that a pruning unit prunes.</summary>
internal interface IPrunedOptimiser : IOptimiser
{
    /// <summary>The parameters that are pruned, in the order of the unit's layers.</summary>
    IReadOnlyList<Parameter> Pruned { get; }

    /// <summary>Orders the channels between layers by the masks; says whether any order changed.</summary>
    bool OrderChannels();
}
