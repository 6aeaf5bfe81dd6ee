using SparseKernels.Images.Resampling;
using SparseKernels.Training.Randomness;
using Xunit;

namespace SparseKernels.Images.Tests.Resampling;

public class CropTests
{
    [Theory]
    [InlineData(640, 427, 224, 383, 256, 80, 16)]
    [InlineData(427, 640, 224, 256, 383, 16, 80)]
    [InlineData(100, 100, 224, 256, 256, 16, 16)]
    [InlineData(500, 375, 96, 146, 110, 25, 7)]
    [InlineData(10, 1000, 8, 9, 900, 0, 446)]
    public void CentreCrop_Sizes_AsTorchvision(int width, int height, int size, int resizedWidth, int resizedHeight, int left, int top) =>
        Assert.Equal(new CentreCrop(resizedWidth, resizedHeight, new PixelBox(left, top, size, size)), CentreCrop.Of(width, height, size));

    [Fact]
    public void Draw_ManyCrops_WithinTheBoundsAndSpreadOverThem()
    {
        var augmentation = new PictureAugmentation();
        var shares = new List<double>();
        var ratios = new List<double>();
        for (var i = 0; i < 4000; i++)
        {
            var random = new RandomSource(1, 2, (ulong)i);
            var crop = RandomCrop.Draw(400, 400, augmentation, ref random);
            Assert.True(crop.Left >= 0 && crop.Top >= 0 && crop.Left + crop.Width <= 400 && crop.Top + crop.Height <= 400, $"{crop}");
            shares.Add(crop.Width * crop.Height / 160000.0);
            ratios.Add((double)crop.Width / crop.Height);
        }

        Assert.InRange(shares.Min(), 0.075, 0.1);
        Assert.InRange(shares.Max(), 0.95, 1.0);
        Assert.InRange(shares.Average(), 0.48, 0.55);
        Assert.InRange(ratios.Min(), 0.73, 0.77);
        Assert.InRange(ratios.Max(), 1.31, 1.36);
        Assert.InRange(ratios.Average(Math.Log), -0.02, 0.02);
    }

    [Theory]
    [InlineData(1000, 10, 13, 10, 493, 0)]
    [InlineData(10, 1000, 10, 13, 0, 493)]
    public void Draw_NothingFits_TheMiddle(int width, int height, int cropWidth, int cropHeight, int left, int top)
    {
        var random = new RandomSource(1);
        var crop = RandomCrop.Draw(width, height, new PictureAugmentation { MinimumScale = 0.9f }, ref random);
        Assert.Equal(new PixelBox(left, top, cropWidth, cropHeight), crop);
    }

    [Fact]
    public void Draw_WholePicturesAlone_TheWholePicture()
    {
        var random = new RandomSource(1);
        var augmentation = new PictureAugmentation { MinimumScale = 1, MinimumRatio = 1, MaximumRatio = 1 };
        Assert.Equal(new PixelBox(0, 0, 37, 37), RandomCrop.Draw(37, 37, augmentation, ref random));
    }
}
