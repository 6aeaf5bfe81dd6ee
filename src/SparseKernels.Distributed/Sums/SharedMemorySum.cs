using SparseKernels.Distributed.Libraries;

namespace SparseKernels.Distributed.Sums;

/// <summary>
/// Sums of ranks that share a machine, without messages: a block at a time each rank lays the others' parts of its values into memory that all see,
/// adds up its own part of all ranks', and takes the others' sums from there. A block and its sums stay in the caches, so that the values are read
/// and written once; messages copy them three times and more.
/// </summary>
internal sealed class SharedMemorySum : IRankSum, IDisposable
{
    /// <summary>Floats of each rank in the memory: a quarter of a megabyte.</summary>
    private const int LargestBlock = 1 << 16;

    /// <summary>Floats of all ranks in the memory: 16 MB.</summary>
    private const int MostFloats = 1 << 22;

    private readonly MpiWorld _world;
    private readonly SharedMemory _memory;
    private readonly int _block;

    private SharedMemorySum(MpiWorld world, SharedMemory memory, int block) => (_world, _memory, _block) = (world, memory, block);

    /// <summary>Makes one, if all ranks are on one machine that lets them. Collective.</summary>
    /// <param name="world">The ranks; two or more.</param>
    /// <param name="isTogether">Whether this rank thinks that they are.</param>
    /// <returns>Null on all ranks where there is no such memory.</returns>
    public static SharedMemorySum? TryCreate(MpiWorld world, bool isTogether)
    {
        var block = Math.Min(LargestBlock, MostFloats / world.Size);

        // Behind the ranks' values the sums.
        return SharedMemory.TryShare(world, isTogether, (world.Size + 1) * block) is { } memory ? new(world, memory, block) : null;
    }

    /// <inheritdoc/>
    public void Sum(Span<float> values)
    {
        for (var start = 0; start < values.Length; start += _block) SumBlock(values[start..Math.Min(values.Length, start + _block)]);
    }

    public void Dispose() => _memory.Dispose();

    private void SumBlock(Span<float> values)
    {
        var (rank, ranks) = (_world.Rank, _world.Size);
        var (first, end) = (FirstOf(rank, values.Length), FirstOf(rank + 1, values.Length));
        var own = ValuesOf(rank);
        values[..first].CopyTo(own);
        values[end..].CopyTo(own[end..]);
        Meet();
        var part = values[first..end];
        var sum = ValuesOf(ranks)[first..end];
        OrderedAddition.Add(Of(0, part), Of(1, part), sum);
        for (var other = 2; other < ranks; other++) OrderedAddition.Add(sum, Of(other, part), sum);
        sum.CopyTo(part);
        Meet();
        var sums = ValuesOf(ranks);
        sums[..first].CopyTo(values);
        sums[end..values.Length].CopyTo(values[end..]);

        ReadOnlySpan<float> Of(int other, ReadOnlySpan<float> part) => other == rank ? part : ValuesOf(other)[first..end];
    }

    /// <summary>Where a rank's part of a block begins.</summary>
    private int FirstOf(int rank, int length) => (int)((long)rank * length / _world.Size);

    private Span<float> ValuesOf(int rank) => _memory.Values.Slice(rank * _block, _block);

    /// <summary>Waits for all: what they wrote before is seen behind, and nothing is read before.</summary>
    private void Meet()
    {
        Interlocked.MemoryBarrier();
        _world.Barrier();
        Interlocked.MemoryBarrier();
    }
}
