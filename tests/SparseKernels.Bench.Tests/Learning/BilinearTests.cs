using SparseKernels.Bench.Learning;
using Xunit;

namespace SparseKernels.Bench.Tests.Learning;

public sealed class BilinearTests
{
    [Fact]
    public void Resize_TwiceAsLarge_WeighsTheNearestPixels()
    {
        // Centres of the four lie at 0 (held at the edge), 1/4, 3/4 and 1 of the way from the one to the other.
        var found = Bilinear.Resize([0, 4, 8, 12], (2, 2), (4, 4));

        Assert.Equal([0, 1, 3, 4, 2, 3, 5, 6, 6, 7, 9, 10, 8, 9, 11, 12], found);
    }

    [Fact]
    public void Resize_SameSize_ChangesNothing()
    {
        float[] planes = [1, 2, 3, 4, 5, 6, -1, -2, -3, -4, -5, -6];

        Assert.Equal(planes, Bilinear.Resize(planes, (2, 3), (2, 3)));
    }

    [Fact]
    public void Resize_SeveralPlanes_KeepsThemApart() =>
        Assert.Equal([7, 7, 7, 7, 7, 7, -2, -2, -2, -2, -2, -2], Bilinear.Resize([7, -2], (1, 1), (2, 3)));
}
