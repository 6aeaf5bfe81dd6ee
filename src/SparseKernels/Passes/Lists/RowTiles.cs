using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using SparseKernels.Kernels;

namespace SparseKernels.Passes.Lists;

/// <summary>
/// Dot products of several output channels, cut into tiles that share an operand and sorted by their rows, so that a kernel runs over many
/// tiles in one call: a call for each tile would pay for a mispredicted branch at most of them.
/// </summary>
internal readonly unsafe struct RowTiles
{
    private const int MaxRows = KernelTable.MaxRows;

    /// <summary>Tiles of a vector of (first, v) pairs; <see cref="Add"/> may write so many past the last one.</summary>
    private const int TilesPerStore = 4;

    private readonly SddmmTile* _tiles;
    private readonly int* _counts;
    private readonly int _capacity;

    /// <param name="memory">Room of <see cref="Length"/> 32-bit words.</param>
    /// <param name="channels">Channels whose tiles are sorted at a time.</param>
    /// <param name="rows">Rows of a channel at most.</param>
    public RowTiles(int* memory, int channels, int rows)
    {
        _counts = memory;
        _tiles = (SddmmTile*)(memory + MaxRows + 2);
        _capacity = Capacity(channels, rows);
    }

    /// <summary>32-bit words of the room for so many rows of so many channels.</summary>
    public static long Length(int channels, int rows) => MaxRows + 2 + (MaxRows + 1L) * Capacity(channels, rows) * sizeof(SddmmTile) / sizeof(int);

    /// <summary>Forgets all tiles.</summary>
    public void Clear() => new Span<int>(_counts, MaxRows + 1).Clear();

    /// <summary>Cuts <paramref name="count"/> rows from <paramref name="first"/> on into tiles that share <paramref name="v"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add(int first, int count, int v)
    {
        var full = count / MaxRows;
        var left = count - full * MaxRows;
        if (left != 0 && full != 0)
        {
            full--;
            left += MaxRows;
        }

        var to = _tiles + MaxRows * _capacity + _counts[MaxRows];
        var pair = Vector256.Create(first, v, first + MaxRows, v, first + 2 * MaxRows, v, first + 3 * MaxRows, v);
        var step = Vector256.Create(
            TilesPerStore * MaxRows, 0, TilesPerStore * MaxRows, 0, TilesPerStore * MaxRows, 0, TilesPerStore * MaxRows, 0);
        for (var i = 0; i < full; i += TilesPerStore, pair += step) pair.Store((int*)(to + i));
        _counts[MaxRows] += full;

        // The last two tiles share what is left, so that none is too low to hide the latency; one of no rows stays behind its list's end.
        var rows = left > MaxRows ? (left + 1) / 2 : left;
        first += full * MaxRows;
        Append(rows, first, v);
        Append(left - rows, first + rows, v);
    }

    /// <summary>Runs every tile.</summary>
    /// <param name="kernels">Entry points by rows − 1.</param>
    /// <param name="a">All but the tiles.</param>
    public void Run(nint[] kernels, SddmmArguments* a)
    {
        for (var rows = MaxRows; rows > 0; rows--)
        {
            if (_counts[rows] == 0) continue;
            a->Tiles = _tiles + rows * _capacity;
            a->TileCount = _counts[rows];
            ((delegate*<SddmmArguments*, void>)kernels[rows - 1])(a);
        }
    }

    private static int Capacity(int channels, int rows) => checked(channels * (rows / MaxRows + 2) + 2 * TilesPerStore);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Append(int rows, int first, int v) => _tiles[rows * _capacity + _counts[rows]++] = new SddmmTile(first, v);
}
