using SparseKernels.Images.Decoding;
using SparseKernels.Images.Resampling;
using SparseKernels.Training.Data;

namespace SparseKernels.Images.Preparing;

/// <summary>
/// What is done to a picture once, before it is kept: pictures for tests become what the network sees, pictures to learn from are reduced to
/// what crops need.
/// </summary>
/// <param name="split">What the pictures are for.</param>
/// <param name="size">Width and height of images.</param>
/// <param name="reducedSide">The shorter side of a picture to learn from at most.</param>
internal sealed class PicturePreparation(DataSplit split, int size, int reducedSide)
{
    /// <summary>Prepares a picture.</summary>
    public Picture Prepare(Picture picture) => split == DataSplit.Test ? Cut(picture) : Reduce(picture);

    /// <summary>What <see cref="Prepare"/> makes of a picture for tests.</summary>
    /// <param name="picture">The picture.</param>
    /// <param name="cut">A picture of <c>size</c>×<c>size</c> pixels, overwritten.</param>
    public void Cut(Picture picture, Picture cut)
    {
        var sink = new PictureSink(cut);
        Cut(picture, ref sink);
    }

    /// <summary>The middle of a prepared picture as an image.</summary>
    /// <param name="prepared">The picture.</param>
    /// <param name="chw"><c>[3, size, size]</c>, overwritten with intensities from 0 to 1.</param>
    public void CopyMiddle(Picture prepared, Span<float> chw)
    {
        var sink = new PlaneSink(chw, mirrored: false);
        if (split == DataSplit.Test) Copy(prepared, ref sink);
        else Cut(prepared, ref sink);
    }

    private Picture Reduce(Picture picture)
    {
        if (picture.ShorterSide <= reducedSide) return picture;
        var (width, height) = CentreCrop.Reduced(picture.Width, picture.Height, reducedSide);
        var reduced = New(width, height);
        var sink = new PictureSink(reduced);
        Resampler.OfThread.Resample(picture, Whole(picture), width, height, new PixelBox(0, 0, width, height), ref sink);
        return reduced;
    }

    private Picture Cut(Picture picture)
    {
        var cut = New(size, size);
        Cut(picture, cut);
        return cut;
    }

    private void Cut<TSink>(Picture picture, ref TSink sink)
        where TSink : struct, IRowSink, allows ref struct
    {
        var crop = CentreCrop.Of(picture.Width, picture.Height, size);
        Resampler.OfThread.Resample(picture, Whole(picture), crop.Width, crop.Height, crop.Window, ref sink);
    }

    private void Copy<TSink>(Picture picture, ref TSink sink)
        where TSink : struct, IRowSink, allows ref struct =>
        Resampler.OfThread.Resample(picture, Whole(picture), size, size, new PixelBox(0, 0, size, size), ref sink);

    private static PixelBox Whole(Picture picture) => new(0, 0, picture.Width, picture.Height);

    private static Picture New(int width, int height) => new(width, height, new byte[width * height * Picture.Channels]);
}
