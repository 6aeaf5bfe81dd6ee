namespace SparseKernels.Architecture.Tests.Rooms;

/// <summary>The library of pictures: the data set at the top, decoded pictures at the bottom.</summary>
internal static class ImagesHouse
{
    public static House Drawing { get; } = new()
    {
        Assembly = "SparseKernels.Images",
        Libraries = ["SparseKernels.Training", "SkiaSharp"],
        Floors =
        [
            [new("Door", "SparseKernels.Images")],
            [new("Preparing", "SparseKernels.Images.Preparing") { RefersOnlyTo = ["Decoding", "Folders", "Resampling", "Values"] }],
            [
                new("Colour", "SparseKernels.Images.Colour") { RefersOnlyTo = ["Values"] },
                new("Resampling", "SparseKernels.Images.Resampling") { RefersOnlyTo = ["Decoding", "Values"] },
            ],
            [
                new("Decoding", "SparseKernels.Images.Decoding") { RefersOnlyTo = [] },
                new("Folders", "SparseKernels.Images.Folders") { RefersOnlyTo = [] },
            ],
            [
                // Plain values in the door's namespace, for everybody.
                new("Values", "SparseKernels.Images") { Types = ["BrokenPicture", "PictureAugmentation", "PictureFolderOptions"] },
            ],
        ],
    };
}
