namespace SparseKernels.Training.Layers;

/// <summary>What a layer does in a network that infers on planar tensors.</summary>
internal enum PlanarUse
{
    /// <summary>It reads and writes channel-blocked tensors all the same.</summary>
    None,

    /// <summary>It writes a tensor of the layout that its first input has: elements alone count, wherever they lie.</summary>
    Follows,

    /// <summary>It reads and writes planar tensors, for which the network is planar.</summary>
    Reads,
}
