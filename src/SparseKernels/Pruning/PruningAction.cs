namespace SparseKernels.Pruning;

/// <summary>What the training loop is to do after an evaluation.</summary>
public enum PruningAction
{
    /// <summary>Train on.</summary>
    Continue,

    /// <summary>The network is as accurate as it has to be: keep a copy of all its state, before the next step may prune.</summary>
    Snapshot,

    /// <summary>It won't recover: bring back the copy kept last. Pruning is over; training may go on.</summary>
    Restore,

    /// <summary>
    /// Pruning is over and the network as accurate as it has to be: the copy kept last is needed no more. Training may go on.
    /// </summary>
    Discard,
}
