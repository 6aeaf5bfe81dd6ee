namespace SparseKernels.Training.Channels;

/// <summary>All channels of a network, as its layers find them in turn.</summary>
internal sealed class ChannelLinks
{
    private readonly List<ChannelSpace> _spaces = [];

    /// <summary>Channels whose order is free.</summary>
    public IEnumerable<ChannelSpace> Free => _spaces.Where(space => !space.IsFixed);

    /// <summary>A layer's output channels.</summary>
    public ChannelSpace New()
    {
        var space = new ChannelSpace();
        _spaces.Add(space);
        return space;
    }

    /// <summary>Channels whose order must stay.</summary>
    public ChannelSpace Fixed()
    {
        var space = New();
        space.IsFixed = true;
        return space;
    }

    /// <summary>Makes the channels of two tensors that are added one: those of either are fixed where the other's are.</summary>
    /// <param name="into">What is left.</param>
    /// <param name="from">A layer's output that no other layer reads; gone afterwards.</param>
    /// <returns><paramref name="into"/>.</returns>
    public ChannelSpace Join(ChannelSpace into, ChannelSpace from)
    {
        foreach (var axis in from.Axes) into.Add(axis);
        into.IsFixed |= from.IsFixed;
        _spaces.Remove(from);
        return into;
    }
}
