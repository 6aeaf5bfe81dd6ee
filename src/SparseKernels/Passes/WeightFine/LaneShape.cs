using SparseKernels.Isa;

namespace SparseKernels.Passes.WeightFine;

/// <summary>How the 16 lanes of a packed vector divide: images, then bands of output rows, then neighbouring output columns.</summary>
/// <param name="Images">Images side by side.</param>
/// <param name="Bands">Bands of output rows of each image.</param>
/// <param name="Columns">Neighbouring output columns of each band.</param>
internal readonly record struct LaneShape(int Images, int Bands, int Columns)
{
    /// <summary>16 images: a weight meets every one of them, and no input is packed twice.</summary>
    public static LaneShape Batch => new(LaneBlock.Size, 1, 1);

    /// <summary>Whether the lanes are images alone.</summary>
    public bool IsBatch => Images == LaneBlock.Size;

    /// <summary>Every division into powers of two, images first.</summary>
    public static IEnumerable<LaneShape> All()
    {
        for (var images = LaneBlock.Size; images >= 1; images /= 2)
        {
            for (var columns = LaneBlock.Size / images; columns >= 1; columns /= 2)
                yield return new(images, LaneBlock.Size / images / columns, columns);
        }
    }

    /// <summary>The first lane of an image's band.</summary>
    public int Lane(int image, int band) => (image * Bands + band) * Columns;
}
