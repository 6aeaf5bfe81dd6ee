using SparseKernels.Training.Randomness;

namespace SparseKernels.Images.Resampling;

/// <summary>
/// torchvision's <c>RandomResizedCrop</c> (Szegedy et al. 2015): a part of the picture whose area is a random share of it and whose ratio of
/// width to height is random too, on a scale of logarithms.
/// </summary>
internal static class RandomCrop
{
    /// <summary>Tries until a part that fits is given up.</summary>
    private const int Tries = 10;

    /// <summary>Draws a part.</summary>
    /// <param name="width">The picture's width.</param>
    /// <param name="height">The picture's height.</param>
    /// <param name="augmentation">Bounds of share and ratio.</param>
    /// <param name="random">Decides.</param>
    /// <returns>The part; the largest in the middle whose ratio is within the bounds if none was found that fits.</returns>
    public static PixelBox Draw(int width, int height, PictureAugmentation augmentation, ref RandomSource random)
    {
        var (least, most) = (augmentation.MinimumRatio, augmentation.MaximumRatio);
        for (var i = 0; i < Tries; i++)
        {
            var area = (double)width * height * random.NextSingle(augmentation.MinimumScale, augmentation.MaximumScale);
            var ratio = Math.Exp(random.NextSingle(MathF.Log(least), MathF.Log(most)));
            var (w, h) = ((int)Math.Round(Math.Sqrt(area * ratio)), (int)Math.Round(Math.Sqrt(area / ratio)));
            if (w < 1 || w > width || h < 1 || h > height) continue;
            var top = random.NextInt(height - h + 1);
            return new PixelBox(random.NextInt(width - w + 1), top, w, h);
        }

        var whole = (double)width / height;
        var (middleWidth, middleHeight) = whole < least ? (width, (int)Math.Round(width / least))
            : whole > most ? ((int)Math.Round(height * most), height)
            : (width, height);
        (middleWidth, middleHeight) = (Math.Clamp(middleWidth, 1, width), Math.Clamp(middleHeight, 1, height));
        return new PixelBox((width - middleWidth) / 2, (height - middleHeight) / 2, middleWidth, middleHeight);
    }
}
