using SparseKernels.Sparsity;
using SparseKernels.Tensors;
using SparseKernels.TestSupport;
using Xunit;

namespace SparseKernels.Tests.Sparsity;

public sealed class DensitySamplerTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(0.1)]
    [InlineData(0.5)]
    [InlineData(1)]
    public unsafe void OfImages_ScatteredZeros_IsCloseToTheirDensity(double density)
    {
        var values = RandomTensor.Integers(8 * 40 * 14 * 14, 5, density);
        using var blocked = new BlockedTensor(8, 40, 14, 14);
        blocked.CopyFromNchw(values);
        var exact = (double)values.Count(value => value != 0) / values.Length;
        fixed (float* plain = values)
        {
            foreach (var view in new[] { ImageView.Of(blocked), new ImageView(plain, blocked: false, 40, 14, 14) })
            {
                var estimate = DensitySampler.OfImages(in view, 8, 512);
                Assert.InRange(estimate.Fine, exact - 0.04, exact + 0.04);
                Assert.InRange(estimate.Coarse, density == 0 ? 0 : 0.97, density == 0 ? 0 : 1);
            }
        }
    }

    [Theory]
    [InlineData(BlockedLayout.BatchBlocked, 14)]
    [InlineData(BlockedLayout.Planar, 4)]
    [InlineData(BlockedLayout.Planar, 14)]
    [InlineData(BlockedLayout.Planar, 33)]
    public void OfImages_BorderAndRowsOfAnyWidth_CountOnlyElements(BlockedLayout layout, int width)
    {
        foreach (var density in (ReadOnlySpan<double>)[0.3, 1])
        {
            var values = RandomTensor.Integers(16 * 20 * 9 * width, 8, density);
            if (density == 1) Array.Fill(values, 1);
            var exact = (double)values.Count(value => value != 0) / values.Length;
            using var tensor = new BlockedTensor(16, 20, 9, width, layout, new Padding2D(1, 1, 1, 1));
            tensor.CopyFromNchw(values);
            var estimate = DensitySampler.OfImages(ImageView.Of(tensor), 16, 512);
            Assert.InRange(estimate.Fine, exact - (density == 1 ? 0 : 0.04), exact + 0.04);
            Assert.Equal(1, estimate.Coarse);
        }
    }

    [Fact]
    public void OfImages_DeadChannels_AreCounted()
    {
        var values = RandomTensor.Integers(4 * 48 * 10 * 10, 6, 0.3);
        for (var channel = 0; channel < 4 * 48; channel++)
        {
            if (channel % 3 == 0) values.AsSpan(channel * 100, 100).Clear();
        }

        foreach (var layout in new[] { BlockedLayout.ChannelBlocked, BlockedLayout.Planar })
        {
            using var tensor = new BlockedTensor(4, 48, 10, 10, layout);
            tensor.CopyFromNchw(values);
            var estimate = DensitySampler.OfImages(ImageView.Of(tensor), 4, 256);
            Assert.InRange(estimate.Coarse, 0.62, 0.72);
        }
    }

    [Theory]
    [InlineData(0.1)]
    [InlineData(0.9)]
    public void OfMask_ScatteredBits_IsCloseToTheirDensity(double density)
    {
        var mask = new FineMask(4, 24, 12, 12);
        mask.Update(RandomTensor.Integers(4 * 24 * 144, 7, density));
        Assert.InRange(DensitySampler.OfMask(mask, 512).Fine, mask.Density - 0.05, mask.Density + 0.05);
    }

    [Fact]
    public void OfMask_WholeBlocksMissing_AreCounted()
    {
        var mask = new FineMask(2, 16, 16, 16);
        for (var i = 0; i < mask.Words.Length; i++) mask.Words[i] = (ushort)(i / 16 % 4 == 0 ? 0 : 0xFFFF);
        var estimate = DensitySampler.OfMask(mask, 512);
        Assert.Equal(0.75, estimate.Fine, 0.03);
        Assert.Equal(0.75, estimate.Coarse, 0.03);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public unsafe void OfWeights_SmallEnough_CountsEveryRun(bool forward)
    {
        // 2 groups of 20 to 18 channels, 3×3; one run of 16 output channels, one input channel and one filter row is live.
        var shape = new ConvolutionShape(1, 40, 8, 8, 36, 3, 3, groups: 2);
        var weights = new float[shape.WeightLength];
        weights[(((((18 + 17) * 20) + 5) * 3) + 2) * 3] = 1;
        fixed (float* first = weights)
        {
            var estimate = DensitySampler.OfWeights(first, shape, forward, runs: 10_000);
            Assert.Equal(1.0 / shape.WeightLength, estimate.Fine, 12);

            // Two blocks of the pass's output channels in each group, times its input channels, times filter rows.
            Assert.Equal(1.0 / (2 * 2 * (forward ? 20 : 18) * 3), estimate.Coarse, 12);
        }
    }
}
