using System.Runtime.CompilerServices;
using SparseKernels.Isa;
using SparseKernels.Memory;

namespace SparseKernels.Sparsity;

/// <summary>
/// The live weights of <c>[K, C/Groups, R, S]</c> alone, row after row of <c>[C/Groups, R, S]</c>, each with its column in the row. Where they
/// are comes from a pattern's bits, so nobody compares a weight with zero.
/// </summary>
/// <remarks>
/// Runs may be taken on several threads, each by one, by whoever has just written them: <see cref="Take(float*, int, int)"/>, and before it
/// <see cref="Narrow"/> where the pattern has lost weights of whole rows; <see cref="Join"/> closes the gaps that this leaves, and
/// <see cref="Follow"/> makes room for weights that the pattern has gained behind it.
/// </remarks>
/// <param name="shape">The sizes.</param>
internal sealed unsafe class LiveWeights(ConvolutionShape shape) : IDisposable
{
    private const int NoVersion = -1;

    private readonly IntBuffer _starts = new(shape.K + 1L);

    /// <summary>Where a row's entries end: at the next one's start, but for gaps until <see cref="Join"/>.</summary>
    private readonly IntBuffer _ends = new(shape.K);
    private readonly int _rowLength = shape.WeightLength / shape.K;
    private IntBuffer _columns = new(0);
    private AlignedBuffer _values = new(0);
    private long _capacity;
    private int _blocks;

    /// <summary>Row k has the entries from <c>Starts[k]</c> to before <c>Starts[k + 1]</c>.</summary>
    public int* Starts => _starts.Pointer;

    /// <summary>An entry's column; they ascend in a row.</summary>
    public int* Columns => _columns.Pointer;

    /// <summary>An entry's value.</summary>
    public float* Values => _values.Pointer;

    /// <summary>Entries of all rows.</summary>
    public int Count { get; private set; }

    /// <summary>Weights of a row.</summary>
    public int RowLength => _rowLength;

    /// <summary>The version of the pattern whose places these are.</summary>
    public int Version { get; private set; } = NoVersion;

    /// <summary>Finds the places. Values are what they were, at other places.</summary>
    /// <param name="pattern">A pattern of these sizes.</param>
    /// <returns>The bytes that it moved.</returns>
    public MovedBytes Find(WeightPattern pattern)
    {
        Reserve(pattern.Count);
        var count = 0;
        for (var k = 0; k < shape.K; k++)
        {
            Starts[k] = count;
            count += pattern.ListLive(k * _rowLength, (k + 1) * _rowLength, Columns + count);
            _ends.Pointer[k] = count;
        }

        Starts[shape.K] = Count = count;
        (_blocks, Version) = (CountBlocks(pattern.Words), pattern.Version);
        return new MovedBytes(MovedBytes.OfBits(shape.WeightLength), MovedBytes.Of(count));
    }

    /// <summary>Takes the values of all entries.</summary>
    /// <param name="plain"><c>[K, C/Groups, R, S]</c>.</param>
    /// <returns>The bytes that it moved: blocks of 16 plain weights without an entry are not read.</returns>
    public MovedBytes Take(float* plain)
    {
        Take(plain, 0, shape.WeightLength);
        return new MovedBytes(MovedBytes.Of(Count) + MovedBytes.Of((long)_blocks * LaneBlock.Size), MovedBytes.Of(Count));
    }

    /// <summary>Takes the values of a run of weights, which may begin and end within rows.</summary>
    /// <param name="run">The first of them.</param>
    /// <param name="start">Its index in <c>[K, C/Groups, R, S]</c>.</param>
    /// <param name="length">How many they are.</param>
    public void Take(float* run, int start, int length)
    {
        for (var k = start / _rowLength; k < shape.K; k++)
        {
            var row = (k * _rowLength) - start;
            if (row >= length) return;
            var first = row < 0 ? EntryFrom(k, -row) : Starts[k];
            var last = row + _rowLength <= length ? _ends.Pointer[k] : EntryFrom(k, length - row);
            Gather(run + row, Columns + first, Values + first, last - first);
        }
    }

    /// <summary>The bytes of the entries that runs which cover all weights have taken: of each the column read and the value written.</summary>
    public MovedBytes TakenInRuns => new(MovedBytes.Of(Count), MovedBytes.Of(Count));

    /// <summary>Finds the places of some rows again, of which a pattern has lost some and gained none.</summary>
    /// <param name="pattern">The pattern.</param>
    /// <param name="first">The first row.</param>
    /// <param name="end">One past the last.</param>
    public void Narrow(WeightPattern pattern, int first, int end)
    {
        for (var k = first; k < end; k++)
            _ends.Pointer[k] = Starts[k] + pattern.ListLive(k * _rowLength, (k + 1) * _rowLength, Columns + Starts[k]);
    }

    /// <summary>Closes the gaps that rows which were narrowed have left.</summary>
    /// <param name="pattern">The pattern that they were narrowed to, all of them.</param>
    /// <returns>The bytes that it moved, and the columns that <see cref="Narrow"/> wrote.</returns>
    public MovedBytes Join(WeightPattern pattern)
    {
        var count = 0;
        for (var k = 0; k < shape.K; k++)
        {
            var (start, length) = (Starts[k], _ends.Pointer[k] - Starts[k]);
            new ReadOnlySpan<int>(Columns + start, length).CopyTo(new Span<int>(Columns + count, length));
            new ReadOnlySpan<float>(Values + start, length).CopyTo(new Span<float>(Values + count, length));
            Starts[k] = count;
            _ends.Pointer[k] = count += length;
        }

        Starts[shape.K] = Count = count;
        (_blocks, Version) = (CountBlocks(pattern.Words), pattern.Version);
        return new MovedBytes(2 * MovedBytes.Of(count), 3 * MovedBytes.Of(count));
    }

    /// <summary>Becomes the places of a pattern that has lost weights and gained others, whose values are zero; nobody reads the plain weights.</summary>
    /// <param name="pattern">The pattern.</param>
    /// <returns>The bytes that it moved.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public MovedBytes Follow(WeightPattern pattern)
    {
        using var oldColumns = _columns;
        using var oldValues = _values;
        var columns = oldColumns.Pointer;
        var values = oldValues.Pointer;
        var (before, count) = (Count, 0);
        _capacity = pattern.Count;
        (_columns, _values) = (new(_capacity), new(_capacity));
        for (var k = 0; k < shape.K; k++)
        {
            var (e, last) = (Starts[k], _ends.Pointer[k]);
            Starts[k] = count;
            var end = count + pattern.ListLive(k * _rowLength, (k + 1) * _rowLength, Columns + count);
            for (; count < end; count++)
            {
                while (e < last && columns[e] < Columns[count]) e++;
                Values[count] = e < last && columns[e] == Columns[count] ? values[e] : 0;
            }

            _ends.Pointer[k] = count;
        }

        Starts[shape.K] = Count = count;
        (_blocks, Version) = (CountBlocks(pattern.Words), pattern.Version);
        return new MovedBytes(MovedBytes.OfBits(shape.WeightLength) + (2 * MovedBytes.Of(before)), 2 * MovedBytes.Of(count));
    }

    /// <summary>Makes one value zero, if it is an entry.</summary>
    /// <param name="index">Its index in <c>[K, C/Groups, R, S]</c>.</param>
    public void Clear(int index)
    {
        var (k, column) = (index / _rowLength, index % _rowLength);
        var e = EntryFrom(k, column);
        if (e < _ends.Pointer[k] && Columns[e] == column) Values[e] = 0;
    }

    /// <summary>Takes the values of others, at the same places.</summary>
    /// <returns>The bytes that it moved.</returns>
    public MovedBytes CopyValues(LiveWeights other)
    {
        new ReadOnlySpan<float>(other.Values, Count).CopyTo(new Span<float>(Values, Count));
        return new MovedBytes(MovedBytes.Of(Count), MovedBytes.Of(Count));
    }

    /// <summary>Takes the places of others, of as many rows of the same length.</summary>
    /// <returns>The bytes that it moved.</returns>
    public MovedBytes CopyPlaces(LiveWeights other)
    {
        Reserve(other.Count);
        new ReadOnlySpan<int>(other.Starts, shape.K + 1).CopyTo(new Span<int>(Starts, shape.K + 1));
        new ReadOnlySpan<int>(other._ends.Pointer, shape.K).CopyTo(new Span<int>(_ends.Pointer, shape.K));
        new ReadOnlySpan<int>(other.Columns, other.Count).CopyTo(new Span<int>(Columns, other.Count));
        (Count, _blocks, Version) = (other.Count, other._blocks, other.Version);
        return new MovedBytes(MovedBytes.Of(Count), MovedBytes.Of(Count));
    }

    /// <summary>Writes plain weights: the entries, and zeros elsewhere.</summary>
    /// <param name="plain"><c>[K, C/Groups, R, S]</c>.</param>
    /// <returns>The bytes that it moved.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public MovedBytes Expand(float* plain)
    {
        new Span<float>(plain, shape.WeightLength).Clear();
        var starts = Starts;
        var columns = Columns;
        var values = Values;
        for (var k = 0; k < shape.K; k++, plain += _rowLength)
        {
            nint last = starts[k + 1];
            for (nint e = starts[k]; e < last; e++) plain[columns[e]] = values[e];
        }

        return new MovedBytes(2 * MovedBytes.Of(Count), MovedBytes.Of(shape.WeightLength));
    }

    public void Dispose()
    {
        _starts.Dispose();
        _ends.Dispose();
        _columns.Dispose();
        _values.Dispose();
    }

    /// <summary>A loop of its own: beside the search for a row's ends its pointers found no registers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Gather(float* weights, int* columns, float* values, nint count)
    {
        for (nint i = 0; i < count; i++) values[i] = weights[columns[i]];
    }

    /// <summary>A row's first entry from a column on; its end if there is none.</summary>
    private int EntryFrom(int k, int column)
    {
        var found = new ReadOnlySpan<int>(Columns + Starts[k], _ends.Pointer[k] - Starts[k]).BinarySearch(column);
        return Starts[k] + (found < 0 ? ~found : found);
    }

    /// <summary>Blocks of 16 plain weights with a live one.</summary>
    private static int CountBlocks(ReadOnlySpan<ulong> words)
    {
        var blocks = 0;
        foreach (var word in words)
        {
            for (var rest = word; rest != 0; rest >>= LaneBlock.Size) blocks += (rest & 0xFFFF) != 0 ? 1 : 0;
        }

        return blocks;
    }

    private void Reserve(long entries)
    {
        if (entries <= _capacity) return;
        _columns.Dispose();
        _values.Dispose();
        (_columns, _values, _capacity) = (new(entries), new(entries), entries);
    }
}
