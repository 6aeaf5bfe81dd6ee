namespace SparseKernels.Training.Channels;

/// <summary>
/// Channels that have one order: those of a tensor between layers, and where tensors are added, of all of them. Put in another order on
/// every axis, the network computes the same.
/// </summary>
internal sealed class ChannelSpace
{
    private readonly List<ChannelAxis> _axes = [];

    /// <summary>
    /// Whether the order must stay: that of the network's input, its logits, or of channels that a layer cuts into groups.
    /// </summary>
    public bool IsFixed { get; set; }

    /// <summary>All axes that run over the channels.</summary>
    public IReadOnlyList<ChannelAxis> Axes => _axes;

    public void Add(ChannelAxis axis) => _axes.Add(axis);
}
