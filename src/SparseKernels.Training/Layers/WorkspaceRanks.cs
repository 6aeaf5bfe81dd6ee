using SparseKernels.Training.Communication;
using SparseKernels.Training.Parameters;

namespace SparseKernels.Training.Layers;

/// <summary>What layers know of the ranks that train one network together, each on its share of every batch.</summary>
internal sealed class WorkspaceRanks
{
    /// <summary>This rank, which random masks derive from too.</summary>
    public int Rank { get; init; }

    /// <summary>Who adds up the statistics of batch normalisations; null where each rank has its own.</summary>
    public ICommunicator? Statistics { get; init; }

    /// <summary>The share of the batch's images that are this rank's.</summary>
    public double Images { get; set; } = 1;

    /// <summary>What this rank's mean loss is multiplied by in that of the whole batch.</summary>
    public double Loss { get; set; } = 1;

    /// <summary>Called in a backward pass behind each layer that has parameters, whose gradients are ready then.</summary>
    public Action<IReadOnlyList<Parameter>>? GradientsReady { get; set; }
}
