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
    /// <param name="into">Those that the other's axes come behind.</param>
    /// <param name="from">The other; from now on the same.</param>
    /// <returns>The channels of the sum.</returns>
    public ChannelSpace Join(ChannelSpace into, ChannelSpace from)
    {
        (into, from) = (into.Root, from.Root);
        if (ReferenceEquals(into, from)) return into;
        from.JoinTo(into);
        _spaces.Remove(from);
        return into;
    }
}
