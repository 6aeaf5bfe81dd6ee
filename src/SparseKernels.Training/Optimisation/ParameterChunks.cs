using SparseKernels.Sparsity;
using SparseKernels.Training.Parameters;
using SparseKernels.Training.Traffic;

namespace SparseKernels.Training.Optimisation;

/// <summary>
/// Parameters cut into work items, whose number and places follow from the sizes alone. An update of them between <see cref="BeginUpdate"/> and
/// <see cref="EndUpdate"/> leaves the live values of masked parameters packed where somebody reads them so.
/// </summary>
internal sealed unsafe class ParameterChunks
{
    /// <summary>Elements of one work item: 64 KiB of each array, so that an item's streams fit L2.</summary>
    private const int Most = 16 * 1024;

    private readonly (int Owner, int Start, int Length)[] _chunks;
    private readonly (LiveWeights? Live, WeightPattern? Mask)[] _packed;
    private MovedBytes _moved;

    public ParameterChunks(IEnumerable<Parameter> parameters)
    {
        Parameters = [.. parameters];
        _chunks = [.. Parameters.SelectMany(ChunksOf)];
        _packed = new (LiveWeights?, WeightPattern?)[Parameters.Length];
    }

    public Parameter[] Parameters { get; }

    public int Count => _chunks.Length;

    public (Parameter Parameter, int Start, int Length) this[int item] =>
        (Parameters[_chunks[item].Owner], _chunks[item].Start, _chunks[item].Length);

    /// <summary>What packing moved in the last update.</summary>
    public LayerTraffic PackingTraffic => new(_moved.Read, _moved.Written);

    /// <summary>What a sweep over all parameters that are not frozen moves.</summary>
    /// <param name="read">Arrays of each that it reads.</param>
    /// <param name="written">Arrays of each that it writes.</param>
    public LayerTraffic Traffic(int read, int written)
    {
        long bytes = 0;
        foreach (var parameter in Parameters) bytes += parameter.IsFrozen ? 0 : (long)parameter.Length * sizeof(float);
        return new LayerTraffic(bytes * read, bytes * written);
    }

    /// <summary>Before an update: looks up where live values are that it is to pack, if their mask is another one than at the last.</summary>
    public void BeginUpdate()
    {
        _moved = default;
        for (var i = 0; i < Parameters.Length; i++)
        {
            var parameter = Parameters[i];
            if (parameter.IsFrozen) continue;
            ref var packed = ref _packed[i];
            if (parameter is { WantsLive: true, Mask: { } mask })
            {
                parameter.WantsLive = false;
                packed.Live ??= new LiveWeights(mask.Shape);
                if (packed.Live.Version != mask.Version || packed.Mask != mask) _moved += packed.Live.Find(mask);
                packed.Mask = mask;
            }
            else
            {
                packed.Live?.Dispose();
                packed = default;
            }
        }
    }

    /// <summary>Packs the live values of an item that was just updated and kept to its mask.</summary>
    public void Pack(int item)
    {
        var (owner, start, length) = _chunks[item];
        if (_packed[owner].Live is not { } live) return;
        fixed (float* run = Parameters[owner].Value.AsSpan(start, length)) live.Take(run, start, length);
    }

    /// <summary>Behind an update: says of all that are not frozen that their values changed, and kept to their masks.</summary>
    public void EndUpdate()
    {
        for (var i = 0; i < Parameters.Length; i++)
        {
            if (Parameters[i].IsFrozen) continue;
            var live = _packed[i].Live;
            Parameters[i].TouchMasked(live);
            if (live is not null) _moved += live.TakenInRuns;
        }
    }

    private static IEnumerable<(int Owner, int Start, int Length)> ChunksOf(Parameter parameter, int owner)
    {
        var length = parameter.Length;
        for (var start = 0; start < length; start += Most) yield return (owner, start, Math.Min(Most, length - start));
    }
}
