using SparseKernels.Training.Layers;

namespace SparseKernels.Training.Networks;

// What several ranks that train it together need of it.
public sealed partial class Network
{
    /// <summary>The ranks; null for one process alone.</summary>
    internal WorkspaceRanks? Ranks
    {
        get => _training.Workspace.Ranks;
        set => _training.Workspace.Ranks = value;
    }

    /// <summary>What the last training step's batch gave; of a rank its share of it.</summary>
    internal BatchResult LastResult { get; private set; }

    /// <summary>What all ranks go by when the layout may change; null where this process decides.</summary>
    internal AgreedLook? AgreedLook { get; set; }

    /// <summary>What the other layout promises now, by what this process saw.</summary>
    internal double PromiseOfOtherLayout() => _training.PromiseOfOtherLayout();
}
