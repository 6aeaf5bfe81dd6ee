using SparseKernels.Tensors;
using SparseKernels.Threading;
using SparseKernels.Training.Layers;
using Xunit;

namespace SparseKernels.Training.Tests.Layers;

public static class InferenceTensorsTests
{
    [Fact]
    public static void Rent_LargeTensorsOfOtherSizes_TakeTurnsInTheSmallestPieceThatFits()
    {
        using var tensors = new InferenceTensors(BlockedLayout.ChannelBlocked, 0);
        var large = tensors.Rent(1, 64, 80, 80);
        var medium = tensors.Rent(1, 64, 60, 60);
        Assert.False(tensors.IsShared(large));
        tensors.Return(large);
        tensors.Return(medium);
        var bytes = tensors.Bytes;
        var other = tensors.Rent(1, 60, 50, 50);
        Assert.True(other.AsSpan().Overlaps(medium.AsSpan()));
        Assert.False(tensors.IsShared(large));
        Assert.True(tensors.IsShared(other) && tensors.IsShared(medium));
        Assert.Equal(bytes, tensors.Bytes);

        // The piece is taken: what fits it no more goes to the larger one, and then to one of its own.
        Assert.True(tensors.Rent(1, 60, 50, 50).AsSpan().Overlaps(large.AsSpan()));
        tensors.Rent(1, 60, 50, 50);
        Assert.True(tensors.Bytes > bytes);
        tensors.Return(other);
        Assert.Same(medium, tensors.Rent(1, 64, 60, 60));
    }

    [Theory]
    [InlineData(BlockedLayout.BatchBlocked, 64)]
    [InlineData(BlockedLayout.ChannelBlocked, 16)]
    public static void Rent_BatchBlockedOrSmall_GivesMemoryToTheSameSizesAlone(BlockedLayout layout, int channels)
    {
        using var tensors = new InferenceTensors(layout, 0);
        var first = tensors.Rent(1, channels, 60, 60);
        tensors.Return(first);
        var other = tensors.Rent(1, channels, 50, 50);
        Assert.False(other.AsSpan().Overlaps(first.AsSpan()));
        Assert.Same(first, tensors.Rent(1, channels, 60, 60));
    }

    [Theory]
    [InlineData(BlockedLayout.Planar, 3, true)]
    [InlineData(BlockedLayout.Planar, 3, false)]
    [InlineData(BlockedLayout.ChannelBlocked, 21, true)]
    public static void Clear_MemoryThatAnotherHad_LeavesElementsAlone(BlockedLayout layout, int channels, bool betweenRows)
    {
        Padding2D border = layout == BlockedLayout.Planar ? 2 : 0;
        using var memory = new BlockedTensor(2, 64, 20, 20, layout, border);
        var tensor = memory.InItsMemory(2, channels, 7, 5);
        using var expected = new BlockedTensor(2, channels, 7, 5, layout, border);
        var images = Enumerable.Range(1, tensor.PlainLength).Select(i => (float)i).ToArray();
        expected.CopyFromNchw(images);
        memory.AsSpan().Fill(float.NaN);
        tensor.CopyFromNchw(images);
        UnusedElements.Clear(tensor, betweenRows, ComputeTopology.FromThreads(2));
        var again = new float[images.Length];
        tensor.CopyToNchw(again);
        Assert.Equal(images, again);

        // What lies behind the vectors that anybody reads of a channel is no one's.
        var read = layout == BlockedLayout.Planar ? expected.Strides.Inset(border) + ((6 + 2) * expected.Strides.Row) + 5 + 2 + 15 : expected.Length;
        var got = tensor.AsSpan()[..read];
        var wanted = expected.AsSpan()[..read];
        for (var i = 0; i < read; i++)
        {
            var isBetween = layout == BlockedLayout.Planar && i >= expected.Strides.Inset(border) + 5 && i < expected.Strides.Inset(border) + (6 * expected.Strides.Row);
            if (betweenRows || !isBetween || !float.IsNaN(got[i])) Assert.Equal(wanted[i], got[i]);
        }
    }
}
