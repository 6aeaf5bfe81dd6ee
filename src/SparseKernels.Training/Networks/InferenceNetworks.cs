using System.Numerics;
using SparseKernels.Tensors;
using SparseKernels.Training.Graphs;
using SparseKernels.Training.Layers;

namespace SparseKernels.Training.Networks;

/// <summary>
/// Twins of a network's layers for batches of fewer images than it trains on, each built when first wanted and kept: a small batch needs no
/// more work than its images, and training's tensors stay as they are. Sizes are rounded up to three leading bits (1 to 8, 10, 12, 14, 16,
/// 20 …), so that under a fifth of the work is for nothing and all sizes together hold under seven times the memory of the largest.
/// </summary>
/// <param name="graph">The network's layers.</param>
/// <param name="make">Makes the workspace for a number of images and a layout.</param>
/// <param name="choose">Makes what chooses the layout of one of them.</param>
internal sealed class InferenceNetworks(
    NetworkGraph graph, Func<int, BlockedLayout, Workspace> make, Func<LayoutChoice> choose) : IDisposable
{
    private const int LeadingBits = 3;

    private readonly Dictionary<int, Entry> _built = [];

    /// <summary>The number of images that a batch of some is run as.</summary>
    public static int SizeFor(int count)
    {
        var unit = 1 << Math.Max(0, BitOperations.Log2((uint)count) + 1 - LeadingBits);
        return (count + unit - 1) / unit * unit;
    }

    /// <summary>
    /// The layout in which inference on so many images skips single weights in place, beside the channel-blocked one: a few images would leave
    /// most lanes of a batch-blocked tensor empty.
    /// </summary>
    public static BlockedLayout OtherLayout(int size) => size % BlockedTensor.Block == 0 ? BlockedLayout.BatchBlocked : BlockedLayout.Planar;

    /// <summary>The network for some images.</summary>
    /// <param name="count">Images.</param>
    /// <param name="layout">How its tensors must lie; null for the layout that suits it best.</param>
    public BuiltNetwork For(int count, BlockedLayout? layout = null)
    {
        var size = SizeFor(count);
        if (!_built.TryGetValue(size, out var entry)) _built[size] = entry = new(Build(size, layout ?? BlockedLayout.ChannelBlocked), choose());
        if ((layout ?? entry.Next) is { } next && next != entry.Network.Workspace.Layout) ChangeLayout(entry, next);
        return entry.Network;
    }

    /// <summary>
    /// Takes note of what a call on some images took; the next one finds the layout changed if another promises to be faster. What the call
    /// gave is the network's own memory, so nothing changes before.
    /// </summary>
    public void Observe(int count, double seconds)
    {
        var entry = _built[SizeFor(count)];
        if (entry.Choice.ShouldChange(++entry.Calls, seconds, entry.Network)) entry.Next = entry.Network.OtherLayout;
    }

    /// <summary>As <see cref="BuiltNetwork.ForgetChoices"/>, for all of them.</summary>
    public void ForgetChoices()
    {
        foreach (var entry in _built.Values) entry.Network.ForgetChoices();
    }

    public void Dispose()
    {
        foreach (var entry in _built.Values) entry.Network.Dispose();
        _built.Clear();
    }

    private BuiltNetwork Build(int size, BlockedLayout layout) => new(graph.Twin(), make(size, layout), OtherLayout(size));

    private void ChangeLayout(Entry entry, BlockedLayout layout)
    {
        var size = entry.Network.Batch;
        entry.Network.Dispose();
        entry.Network = Build(size, layout);
    }

    private sealed class Entry(BuiltNetwork network, LayoutChoice choice)
    {
        public BuiltNetwork Network { get; set; } = network;

        public LayoutChoice Choice { get; } = choice;

        public long Calls { get; set; }

        /// <summary>The layout of the next call; null for the one that it has.</summary>
        public BlockedLayout? Next { get; set; }
    }
}
