using SparseKernels.Training.Layers;
using Xunit;

namespace SparseKernels.Training.Tests.Layers;

public class GradientPoolTests
{
    [Fact]
    public void Rent_AfterReturns_GivesTheLastReturnedOfThatSize()
    {
        using var pool = new GradientPool(BlockedLayout.ChannelBlocked, 0);
        var first = pool.Rent(2, 16, 3, 3);
        var second = pool.Rent(2, 16, 3, 3);
        var other = pool.Rent(2, 16, 3, 4);
        Assert.NotSame(first, second);
        pool.Return(second);
        pool.Return(first);
        pool.Return(other);
        Assert.Same(first, pool.RentLike(second));
        Assert.Same(second, pool.Rent(2, 16, 3, 3));
        Assert.Same(other, pool.Rent(2, 16, 3, 4));
    }

    [Fact]
    public void Dispose_FreesTensorsStillRented()
    {
        var pool = new GradientPool(BlockedLayout.ChannelBlocked, 0);
        var tensor = pool.Rent(1, 16, 2, 2);
        pool.Dispose();
        Assert.Throws<ObjectDisposedException>(() => tensor.AsSpan().Length);
    }
}
