using System.Runtime.InteropServices;
using SparseKernels.Kernels;
using SparseKernels.Passes.Lists;
using Xunit;

namespace SparseKernels.Tests.Passes.Lists;

public sealed unsafe class RowTilesTests
{
    private const int Channels = 16;

    private static readonly List<(int Rows, int First, int V)> s_seen = [];

    [Theory]
    [InlineData(1)]
    [InlineData(6)]
    [InlineData(7)]
    [InlineData(100)]
    public void Run_AnyNumbersOfRows_CoversEachOnceInFewTiles(int most)
    {
        var room = (int*)NativeMemory.Alloc((nuint)RowTiles.Length(Channels, most), sizeof(int));
        try
        {
            var tiles = new RowTiles(room, Channels, most);
            var random = new Random(most);

            // Twice, the second time with every channel full: what was forgotten must not come back.
            foreach (var full in (bool[])[false, true])
            {
                tiles.Clear();
                s_seen.Clear();
                var expected = new List<(int Row, int V)>();
                var fewest = 0;
                for (int channel = 0, first = 0; channel < Channels; channel++)
                {
                    var rows = full ? most : random.Next(most + 1);
                    tiles.Add(first, rows, channel * 1000);
                    for (var i = 0; i < rows; i++) expected.Add((first + i, channel * 1000));
                    first += rows;
                    fewest += (rows + KernelTable.MaxRows - 1) / KernelTable.MaxRows;
                }

                SddmmArguments a = default;
                tiles.Run([Kernel(1), Kernel(2), Kernel(3), Kernel(4), Kernel(5), Kernel(6)], &a);
                Assert.Equal(
                    expected, s_seen.SelectMany(tile => Enumerable.Range(tile.First, tile.Rows).Select(row => (row, tile.V))).Order());
                Assert.Equal(fewest, s_seen.Count);
            }
        }
        finally
        {
            NativeMemory.Free(room);
        }
    }

    private static nint Kernel(int rows)
    {
        delegate*<SddmmArguments*, void>[] kernels = [&See1, &See2, &See3, &See4, &See5, &See6];
        return (nint)kernels[rows - 1];
    }

    private static void See1(SddmmArguments* a) => See(a, 1);

    private static void See2(SddmmArguments* a) => See(a, 2);

    private static void See3(SddmmArguments* a) => See(a, 3);

    private static void See4(SddmmArguments* a) => See(a, 4);

    private static void See5(SddmmArguments* a) => See(a, 5);

    private static void See6(SddmmArguments* a) => See(a, 6);

    private static void See(SddmmArguments* a, int rows)
    {
        for (var i = 0; i < a->TileCount; i++) s_seen.Add((rows, a->Tiles[i].First, a->Tiles[i].V));
    }
}
