using System.Text;
using SparseKernels.Training.Folding;
using SparseKernels.Training.Networks;

namespace SparseKernels.Training.Stretches;

/// <summary>
/// A stretch built for one size, as many times as passes are under way at once. Those that are free are used again; what a pass left in one
/// stays there until then. All lie in one layout, which is chosen between passes as a network's is. Those for inference share packed weights.
/// </summary>
/// <param name="make">Builds one more in a layout, with weights that it shares.</param>
/// <param name="choice">What chooses the layout.</param>
/// <param name="shared">The layers whose weights those for inference share; null for training.</param>
internal sealed class StretchPool(
    Func<BlockedLayout, SharedWeights?, BuiltStretch> make, LayoutChoice choice, FoldedGraph? shared) : IDisposable
{
    /// <summary>
    /// Passes under way that nothing is asked about: of those that come on top some may be forgotten ones, whose memory the garbage collector
    /// knows nothing of.
    /// </summary>
    private const int FewPasses = 2;

    /// <summary>What a forgotten pass hangs on may be finalized first, and what that hangs on.</summary>
    private const int MostCollections = 3;

    private readonly Lock _lock = new();
    private readonly List<BuiltStretch> _free = [];

    /// <summary>Those that a pass has, so that one which is forgotten keeps its memory until it is given back.</summary>
    private readonly HashSet<BuiltStretch> _rented = [];
    private readonly Lock _making = new();
    private BlockedLayout _layout = BlockedLayout.ChannelBlocked;
    private SharedWeights? _weights;
    private long _calls;
    private bool _disposed;

    /// <summary>How tensors lie in those that are rented next.</summary>
    public BlockedLayout Layout
    {
        get
        {
            lock (_lock) return _layout;
        }
    }

    /// <summary>One for the caller alone, until it is returned.</summary>
    /// <exception cref="ArgumentException">A layer doesn't fit the ones before it.</exception>
    public BuiltStretch Rent()
    {
        for (var collections = 0; ; collections++)
        {
            if (RentFree(out var isCrowded) is { } free) return free;
            if (!isCrowded || collections == MostCollections) break;
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        var made = Make();
        lock (_lock) _rented.Add(made);
        return made;
    }

    /// <summary>Takes one back that was returned, if no pass had it in between.</summary>
    /// <param name="built">The one.</param>
    /// <param name="passes">Its count of passes when it was returned.</param>
    /// <returns>Whether its tensors are what the pass left.</returns>
    public bool TryRentAgain(BuiltStretch built, long passes)
    {
        lock (_lock)
        {
            if (built.Passes != passes || !_free.Remove(built)) return false;
            _rented.Add(built);
            return true;
        }
    }

    /// <summary>Gives one back.</summary>
    /// <param name="built">The one.</param>
    /// <param name="seconds">What its pass took; null for one that says nothing of its layout.</param>
    public void Return(BuiltStretch built, double? seconds)
    {
        lock (_lock)
        {
            _rented.Remove(built);
            if (!_disposed && seconds is { } took && choice.ShouldChange(++_calls, took, built.Network)) ChangeLayout(built.Network.OtherLayout);
            if (!_disposed && built.Network.Workspace.Layout == _layout)
            {
                _free.Add(built);
                return;
            }
        }

        built.Dispose();
    }

    /// <summary>Adds what the plans say of themselves, unless all are running just now.</summary>
    /// <param name="text">Where to.</param>
    public void Explain(StringBuilder text)
    {
        lock (_lock)
        {
            if (_free.Count == 0) return;
            foreach (var (name, plan) in _free[^1].Network.Plans) text.Append(name).Append(": ").Append(plan.Explain());
        }
    }

    /// <summary>Disposes what is free; what is rented goes when it is returned.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            _disposed = true;
            Free();
        }
    }

    private BuiltStretch? RentFree(out bool isCrowded)
    {
        lock (_lock)
        {
            isCrowded = _rented.Count >= FewPasses;
            if (_free.Count == 0) return null;
            var free = _free[^1];
            _free.RemoveAt(_free.Count - 1);
            _rented.Add(free);
            return free;
        }
    }

    private BuiltStretch Make()
    {
        if (shared is null) return make(Layout, null);

        // Shared plans are looked up while layers are built.
        lock (_making)
        {
            BlockedLayout layout;
            SharedWeights weights;
            lock (_lock)
            {
                // One whose pool was given up meanwhile is for one pass.
                (layout, weights) = (_layout, _disposed ? new SharedWeights(shared) : (_weights ??= new SharedWeights(shared)).Join());
            }

            using (weights) return make(layout, weights);
        }
    }

    private void ChangeLayout(BlockedLayout layout)
    {
        _layout = layout;
        Free();
    }

    private void Free()
    {
        foreach (var built in _free) built.Dispose();
        _free.Clear();
        _weights?.Dispose();
        _weights = null;
    }
}
