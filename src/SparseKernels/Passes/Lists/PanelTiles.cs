using SparseKernels.Isa;
using SparseKernels.Kernels;

namespace SparseKernels.Passes.Lists;

/// <summary>
/// Cuts a run of neighbouring vectors into tiles of the sparse product's kernels so that they take least time: a tile costs its
/// multiply-adds (no fewer than hide their latency) and the ends of its lists. Of equal cuts the most even one wins.
/// </summary>
internal sealed class PanelTiles
{
    /// <summary>What an entry's broadcast and its share of a list's end cost, in multiply-adds.</summary>
    private const int EntryCost = 3;

    /// <summary>Puts the cost before the sum of squares that tells an even cut.</summary>
    private const int CostUnit = 1 << 16;

    private readonly nint[] _kernels;
    private readonly int[] _cost;
    private readonly int[] _first;

    /// <param name="family">The kernels' family.</param>
    /// <param name="isa">The instruction set.</param>
    /// <param name="tilesTogether">Of how many largest tiles the longest run is that is cut as a whole.</param>
    public PanelTiles(KernelFamily family, InstructionSetKind isa, int tilesTogether)
    {
        var sizes = new SortedDictionary<int, KernelEntry>();
        foreach (var kernel in KernelTable.All.Where(kernel => kernel.Family == family && kernel.Isa == isa).OrderBy(kernel => kernel.Width))
        {
            sizes.TryAdd(kernel.Rows * kernel.Width / LaneBlock.Size, kernel);
        }

        var inFlight = InFlight(isa);
        Largest = sizes.Keys.Last();
        Kernels = sizes.Values.ToArray();
        _kernels = new nint[Largest + 1];
        foreach (var (size, kernel) in sizes) _kernels[size] = kernel.Function;
        Longest = tilesTogether * Largest;
        (_cost, _first) = (new int[Longest + 1], new int[Longest + 1]);
        for (var length = 1; length <= Longest; length++)
        {
            _cost[length] = int.MaxValue;
            foreach (var (size, kernel) in sizes)
            {
                if (size > length) break;
                var cost = _cost[length - size] + CostUnit * (Math.Max(kernel.Rows * kernel.Vectors, inFlight) + EntryCost) + size * size;
                if (cost <= _cost[length]) (_cost[length], _first[length]) = (cost, size);
            }
        }
    }

    /// <summary>Vectors of the largest tile.</summary>
    public int Largest { get; }

    /// <summary>Vectors of the longest run that is cut as a whole.</summary>
    public int Longest { get; }

    /// <summary>The kernels it cuts for.</summary>
    public IReadOnlyList<KernelEntry> Kernels { get; }

    /// <summary>What an entry costs over a run, in multiply-adds.</summary>
    public int Cost(int length) => _cost[length] / CostUnit;

    /// <summary>The next tile of a run of any length, of which so many vectors are left.</summary>
    public int Next(int left) => left > Longest ? Largest : _first[left];

    /// <summary>The tiles of a run of any length, and what an entry costs over it, in multiply-adds.</summary>
    public (int Tiles, int Cost) CutOf(int length)
    {
        var (tiles, cost) = (0, 0);
        for (var left = length; left > 0; tiles++)
        {
            var tile = Next(left);
            cost += Cost(tile);
            left -= tile;
        }

        return (tiles, cost);
    }

    /// <summary>The first tile of a run of so many vectors; the rest is cut as a run of its own.</summary>
    public int First(int length) => _first[length];

    /// <summary>The entry point for a tile.</summary>
    public nint Kernel(int vectors) => _kernels[vectors];

    /// <summary>
    /// Multiply-adds in flight that hide their latency of four cycles: two begin in a cycle, of 512-bit ones that load an operand nearer to one.
    /// </summary>
    private static int InFlight(InstructionSetKind isa) => isa == InstructionSetKind.Avx512 ? 4 : 8;
}
