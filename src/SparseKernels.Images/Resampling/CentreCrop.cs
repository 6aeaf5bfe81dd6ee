namespace SparseKernels.Images.Resampling;

/// <summary>
/// torchvision's <c>Resize(round(size / 0.875))</c> and <c>CenterCrop(size)</c>: 256 and 224. The shorter side is resized to that, the
/// longer in proportion, rounded down.
/// </summary>
/// <param name="Width">Width that the whole picture is resized to.</param>
/// <param name="Height">Height that the whole picture is resized to.</param>
/// <param name="Window">What is cut out of the middle.</param>
internal readonly record struct CentreCrop(int Width, int Height, PixelBox Window)
{
    /// <summary>The share of the shorter side that is kept.</summary>
    private const double Share = 0.875;

    /// <summary>The crop of a picture.</summary>
    /// <param name="width">The picture's width.</param>
    /// <param name="height">The picture's height.</param>
    /// <param name="size">Width and height of the result.</param>
    public static CentreCrop Of(int width, int height, int size)
    {
        var (resizedWidth, resizedHeight) = Reduced(width, height, (int)Math.Round(size / Share));
        return new CentreCrop(resizedWidth, resizedHeight, new PixelBox(Before(resizedWidth), Before(resizedHeight), size, size));

        int Before(int side) => (int)Math.Round((side - size) / 2.0);
    }

    /// <summary>Sizes with a shorter side of so many pixels.</summary>
    public static (int Width, int Height) Reduced(int width, int height, int shorter) => width <= height
        ? (shorter, (int)((long)shorter * height / width))
        : ((int)((long)shorter * width / height), shorter);
}
