using SparseKernels.Distributed.Libraries;

namespace SparseKernels.Distributed.Sums;

/// <summary>
/// Sums by messages, on any machines: each rank adds up its part of the values (<c>MPI_Alltoall</c>) and gives it to the others
/// (<c>MPI_Allgather</c>), which moves as many bytes as a ring does.
/// </summary>
internal sealed class MessageSum(MpiWorld world) : IRankSum
{
    /// <summary>Up to so many floats all ranks take all values and add them up themselves: one call instead of two.</summary>
    public const int Few = 1024;

    /// <summary>Floats that are added up at once at least: a megabyte. And of each rank, so that messages don't get small.</summary>
    private const int SmallestBlock = 1 << 18, SmallestPart = 1 << 13;

    private float[] _gathered = [];
    private float[] _part = [];

    /// <inheritdoc/>
    public void Sum(Span<float> values)
    {
        if (values.Length <= Few) SumFew(values);
        else SumParts(values);
    }

    private static Span<float> Room(ref float[] buffer, int length)
    {
        if (buffer.Length < length) buffer = GC.AllocateUninitializedArray<float>(length);
        return buffer.AsSpan(0, length);
    }

    private void SumFew(Span<float> values)
    {
        var all = Room(ref _gathered, checked(values.Length * world.Size));
        world.Gather(values, all);
        OrderedAddition.AddAll(all, values);
    }

    /// <summary>
    /// In blocks, so that what is received is added up while the caches hold it. What doesn't divide by the ranks goes as a few.
    /// </summary>
    private void SumParts(Span<float> values)
    {
        var rest = values.Length % world.Size;
        var block = Math.Max(SmallestBlock, world.Size * SmallestPart) / world.Size * world.Size;
        var whole = values[..^rest];
        for (var start = 0; start < whole.Length; start += block) SumBlock(whole[start..Math.Min(whole.Length, start + block)]);
        if (rest > 0) SumFew(values[^rest..]);
    }

    private void SumBlock(Span<float> values)
    {
        var all = Room(ref _gathered, values.Length);
        var sum = Room(ref _part, values.Length / world.Size);
        world.Exchange(values, all);
        OrderedAddition.AddAll(all, sum);
        world.Gather(sum, values);
    }
}
