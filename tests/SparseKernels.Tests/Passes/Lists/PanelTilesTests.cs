using SparseKernels.Isa;
using SparseKernels.Kernels;
using SparseKernels.Passes.Lists;
using Xunit;

namespace SparseKernels.Tests.Passes.Lists;

public sealed class PanelTilesTests
{
    [Fact]
    public void First_EveryLength_CutsTheRunIntoTilesThatHaveKernels()
    {
        foreach (var isa in Enum.GetValues<InstructionSetKind>())
        {
            var tiles = new PanelTiles(KernelFamily.Spmm, isa, tilesTogether: 100);
            for (var length = 1; length <= 100; length++)
            {
                var done = 0;
                while (done < length)
                {
                    var tile = tiles.First(length - done);
                    Assert.InRange(tile, 1, Math.Min(tiles.Largest, length - done));
                    Assert.NotEqual(0, tiles.Kernel(tile));
                    done += tile;
                }
            }
        }
    }

    [Theory]
    [InlineData(InstructionSetKind.Avx2, 14, "7 7")]
    [InlineData(InstructionSetKind.Avx2, 8, "4 4")]
    [InlineData(InstructionSetKind.Avx2, 16, "6 5 5")]
    [InlineData(InstructionSetKind.Neon, 9, "5 4")]
    [InlineData(InstructionSetKind.Avx512, 28, "28")]
    [InlineData(InstructionSetKind.Avx512, 14, "14")]
    public void First_RowsOfRealImages_CutsEvenly(InstructionSetKind isa, int length, string expected)
    {
        var tiles = new PanelTiles(KernelFamily.Spmm, isa, length);
        var cut = new List<int>();
        for (var left = length; left > 0; left -= cut[^1]) cut.Add(tiles.First(left));
        Assert.Equal(expected, string.Join(' ', cut.OrderDescending()));
    }
}
