namespace SparseKernels.Training.Channels;

/// <summary>
/// Channels that have one order: those of a tensor between layers, and where tensors are added, of all of them. Put in another order on
/// every axis, the network computes the same.
/// </summary>
internal sealed class ChannelSpace
{
    private readonly List<ChannelAxis> _axes = [];
    private ChannelSpace? _joined;

    /// <summary>The channels that these became part of; themselves if of none.</summary>
    public ChannelSpace Root => _joined?.Root ?? this;

    /// <summary>
    /// Whether the order must stay: that of the network's input, its logits, or of channels that a layer cuts into groups.
    /// </summary>
    public bool IsFixed
    {
        get => _joined is null ? field : Root.IsFixed;
        set
        {
            if (_joined is null) field = value;
            else Root.IsFixed = value;
        }
    }

    /// <summary>All axes that run over the channels.</summary>
    public IReadOnlyList<ChannelAxis> Axes => Root._axes;

    public void Add(ChannelAxis axis) => Root._axes.Add(axis);

    /// <summary>Makes them part of others: whoever holds either has the same channels from now on.</summary>
    /// <param name="into">The others, themselves part of none.</param>
    public void JoinTo(ChannelSpace into)
    {
        foreach (var axis in _axes) into.Add(axis);
        into.IsFixed |= IsFixed;
        _axes.Clear();
        _joined = into;
    }
}
