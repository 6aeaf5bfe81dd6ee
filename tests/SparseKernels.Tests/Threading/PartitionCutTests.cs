using SparseKernels.Threading;
using Xunit;

namespace SparseKernels.Tests.Threading;

public sealed class PartitionCutTests
{
    [Theory]
    [InlineData(10, 3, new[] { 0, 3, 6, 10 })]
    [InlineData(2, 4, new[] { 0, 0, 1, 1, 2 })]
    public void FirstOf_NoWork_CutsEqualNumbers(int items, int shares, int[] expected) =>
        Assert.Equal(expected, Enumerable.Range(0, shares + 1).Select(share => PartitionCut.FirstOf(share, shares, items, [])));

    [Theory]
    [InlineData(new long[] { 0, 8, 9, 10, 12, 16 }, 2, new[] { 0, 1, 5 })]
    [InlineData(new long[] { 0, 1, 2, 4, 12 }, 2, new[] { 0, 3, 4 })]
    [InlineData(new long[] { 0, 0, 0, 4, 4, 4 }, 4, new[] { 0, 2, 3, 3, 5 })]
    [InlineData(new long[] { 0, 0, 0 }, 2, new[] { 0, 1, 2 })]
    public void FirstOf_Work_CutsNearestToEqualWork(long[] before, int shares, int[] expected) =>
        Assert.Equal(
            expected, Enumerable.Range(0, shares + 1).Select(share => PartitionCut.FirstOf(share, shares, before.Length - 1, before)));

    [Fact]
    public void FirstOf_AnyWork_AscendsAndCoversAll()
    {
        var random = new Random(2);
        for (var repeat = 0; repeat < 300; repeat++)
        {
            var before = new long[random.Next(1, 40) + 1];
            for (var i = 1; i < before.Length; i++) before[i] = before[i - 1] + random.NextInt64(0, repeat % 3 == 0 ? 2 : 1L << 40);
            var shares = random.Next(1, 9);
            var cuts = Enumerable.Range(0, shares + 1).Select(share => PartitionCut.FirstOf(share, shares, before.Length - 1, before)).ToArray();
            Assert.Equal((0, before.Length - 1), (cuts[0], cuts[^1]));
            Assert.Equal(cuts.Order(), cuts);
        }
    }
}
