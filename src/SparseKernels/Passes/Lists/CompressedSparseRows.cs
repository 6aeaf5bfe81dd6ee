using System.Runtime.CompilerServices;
using SparseKernels.Memory;
using SparseKernels.Packing;

namespace SparseKernels.Passes.Lists;

/// <summary>
/// The non-zeros of a matrix, row after row, each with its column and its value: one pass over the matrix finds them, and whoever sorts
/// them further needs not look at the zeros again. −0 is zero, NaN is not.
/// </summary>
internal sealed unsafe class CompressedSparseRows : IDisposable
{
    private readonly int _rows;
    private readonly int _columns;
    private readonly IntBuffer _starts;

    /// <summary>The columns of a row without zeros.</summary>
    private readonly IntBuffer _ascending;

    private IntBuffer _columnIndexes = new(0);
    private AlignedBuffer _values = new(0);
    private long _capacity;

    /// <param name="rows">Rows of the matrix.</param>
    /// <param name="columns">Its columns.</param>
    public CompressedSparseRows(int rows, int columns)
    {
        (_rows, _columns) = (rows, columns);
        (_starts, _ascending) = (new(rows + 1L), new(columns));
        for (var i = 0; i < columns; i++) _ascending.Pointer[i] = i;
    }

    /// <summary>Row i has the entries from <c>Starts[i]</c> to before <c>Starts[i + 1]</c>.</summary>
    public int* Starts => _starts.Pointer;

    /// <summary>An entry's column; they ascend in a row.</summary>
    public int* Columns => _columnIndexes.Pointer;

    /// <summary>An entry's value.</summary>
    public float* Values => _values.Pointer;

    /// <summary>Entries of all rows.</summary>
    public int Count => Starts[_rows];

    /// <summary>Takes a matrix <c>[rows, columns]</c>, row-major.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Compress(float* matrix)
    {
        var starts = Starts;
        starts[0] = 0;
        for (var i = 0; i < _rows; i++, matrix += _columns)
        {
            Reserve(starts[i], (long)starts[i] + _columns + NonZeroEntries.Slack);
            starts[i + 1] = NonZeroEntries.AppendRun(matrix, _ascending.Pointer, _columns, Columns, Values, starts[i]);
        }
    }

    public void Dispose()
    {
        _starts.Dispose();
        _ascending.Dispose();
        _columnIndexes.Dispose();
        _values.Dispose();
    }

    /// <summary>Makes room, keeping the entries there are.</summary>
    private void Reserve(int count, long capacity)
    {
        if (capacity <= _capacity) return;
        _capacity = Math.Max(capacity, 2 * _capacity);
        var (columns, values) = (new IntBuffer(_capacity), new AlignedBuffer(_capacity));
        new ReadOnlySpan<int>(Columns, count).CopyTo(new Span<int>(columns.Pointer, count));
        new ReadOnlySpan<float>(Values, count).CopyTo(new Span<float>(values.Pointer, count));
        _columnIndexes.Dispose();
        _values.Dispose();
        (_columnIndexes, _values) = (columns, values);
    }
}
