using SparseKernels.Passes.ResultFine;
using Xunit;

namespace SparseKernels.Tests.Passes.ResultFine;

public sealed unsafe class WantedPixelsTests
{
    [Theory]
    [InlineData(16, 0)]
    [InlineData(16, 0.5)]
    [InlineData(48, 1)]
    [InlineData(208, 0.1)]
    [InlineData(208, 0.7)]
    public void List_AnyBits_GivesTheirOffsetsInOrder(int pixels, double density)
    {
        const int YStart = 1000;
        const int Untouched = -7;
        var random = new Random(pixels);
        var bits = new ushort[pixels / 16];
        var (xOffsets, yOffsets) = (new int[pixels], new int[pixels]);
        var (expectedX, expectedY) = (new List<int>(), new List<int>());
        for (var i = 0; i < pixels; i++)
        {
            (xOffsets[i], yOffsets[i]) = (3 * i + 1, 100 - i);
            if (random.NextDouble() >= density) continue;
            bits[i / 16] |= (ushort)(1 << (i % 16));
            expectedX.Add(xOffsets[i]);
            expectedY.Add(yOffsets[i] + YStart);
        }

        var (x, y) = (new int[pixels + WantedPixels.Slack + 1], new int[pixels + WantedPixels.Slack + 1]);
        Array.Fill(x, Untouched);
        Array.Fill(y, Untouched);
        int count;
        fixed (ushort* bitmap = bits)
        {
            fixed (int* xTable = xOffsets, yTable = yOffsets, xList = x, yList = y)
                count = WantedPixels.List(bitmap, pixels, xTable, yTable, YStart, xList, yList);
        }

        Assert.Equal(expectedX, x.Take(count));
        Assert.Equal(expectedY, y.Take(count));
        Assert.All(x.Skip(count + WantedPixels.Slack).Concat(y.Skip(count + WantedPixels.Slack)), value => Assert.Equal(Untouched, value));
    }
}
