using SparseKernels.Training.Graphs;
using SparseKernels.Training.Layers;
using SparseKernels.Training.Parameters;

namespace SparseKernels.Training.Folding;

/// <summary>
/// Layers for inference with the weights of layers that go on changing. Calls on any number of threads read them at once; what is folded is folded
/// anew behind a change of parameters or running statistics, while nobody reads.
/// </summary>
internal sealed class FoldedGraph : IDisposable
{
    private readonly FoldedConvolution[] _folded;
    private readonly Parameter[] _parameters;
    private readonly float[][] _statistics;

    /// <summary>The statistics that were folded last: whoever writes them says nothing.</summary>
    private readonly float[][] _seen;
    private long _versions = -1;
    private long _folds;

    /// <summary>Whoever made it and all that read it.</summary>
    private int _users = 1;

    /// <summary>Nothing is folded before <see cref="Update"/>.</summary>
    /// <param name="graph">The layers for inference.</param>
    /// <param name="from">The layers whose weights they have.</param>
    /// <param name="folded">The convolutions with weights of their own.</param>
    public FoldedGraph(NetworkGraph graph, IReadOnlyList<Layer> from, IReadOnlyList<FoldedConvolution> folded)
    {
        (Graph, _folded) = (graph, [.. folded]);
        _parameters = [.. from.SelectMany(layer => layer.Parameters)];
        _statistics = [.. from.SelectMany(layer => layer.Buffers).Select(buffer => buffer.Values)];
        _seen = Array.ConvertAll(_statistics, values => new float[values.Length]);
    }

    /// <summary>The layers for inference.</summary>
    public NetworkGraph Graph { get; }

    /// <summary>Held for reading by every call, for writing by one that updates or packs.</summary>
    public ReaderWriterLockSlim Lock { get; } = new();

    /// <summary>Whether nothing has changed since the last <see cref="Update"/>.</summary>
    public bool IsCurrent
    {
        get
        {
            if (Volatile.Read(ref _versions) != Versions) return false;
            for (var i = 0; i < _seen.Length; i++)
            {
                if (!_statistics[i].AsSpan().SequenceEqual(_seen[i])) return false;
            }

            return true;
        }
    }

    /// <summary>Never falls, and rises with every change of a parameter and every <see cref="Update"/>.</summary>
    public long Version => Versions + Volatile.Read(ref _folds);

    private long Versions
    {
        get
        {
            var versions = 0L;
            foreach (var parameter in _parameters) versions += parameter.Version;
            return versions;
        }
    }

    /// <summary>Folds anew if something changed, while nobody reads.</summary>
    public void Update()
    {
        if (IsCurrent) return;
        _versions = Versions;
        for (var i = 0; i < _seen.Length; i++) _statistics[i].CopyTo(_seen[i], 0);
        foreach (var convolution in _folded) convolution.Fold();
        _folds++;
    }

    /// <summary>Counts one more user, who disposes it.</summary>
    public FoldedGraph Join()
    {
        Interlocked.Increment(ref _users);
        return this;
    }

    /// <summary>Counts one user less, and frees it behind the last.</summary>
    public void Dispose()
    {
        if (Interlocked.Decrement(ref _users) == 0) Lock.Dispose();
    }
}
