using SkiaSharp;
using SparseKernels.Fuzz.Mutations;
using SparseKernels.Images.Decoding;
using SparseKernels.Images.Tests.Support;

namespace SparseKernels.Fuzz.Targets;

/// <summary>Pictures of every format that is read, turned and not. Half of the changed PNG files have their checksums put right.</summary>
internal sealed class PictureTarget : FuzzTarget
{
    private const string FileName = "picture";

    public override string Name => "picture";

    public override IReadOnlyList<CorpusFile> Corpus { get; } =
    [
        .. Files().Select(content => new CorpusFile(FileName, content)),
    ];

    public override void Read(string folder, string file)
    {
        var picture = PictureDecoder.Read(file);
        if (picture.Pixels.Length != Picture.Channels * picture.Width * picture.Height)
            throw new InvalidOperationException($"{picture.Width}x{picture.Height} pixels must have as many, got {picture.Pixels.Length} bytes.");
    }

    public override FuzzInput Change(Random random)
    {
        var input = base.Change(random);
        return random.Next(2) == 0 ? input : input with { Content = PngChunks.Seal(input.Content) };
    }

    private static IEnumerable<byte[]> Files()
    {
        var jpeg = EncodedPicture.Make(SKEncodedImageFormat.Jpeg, 41, 27, EncodedPicture.Smooth);
        yield return jpeg;
        for (var orientation = 2; orientation <= 8; orientation++) yield return EncodedPicture.WithOrientation(jpeg, orientation);
        yield return OtherFormats.CmykJpeg;
        yield return EncodedPicture.Make(SKEncodedImageFormat.Png, 19, 23, EncodedPicture.Smooth);
        yield return EncodedPicture.Make(SKEncodedImageFormat.Webp, 41, 27, EncodedPicture.Smooth);
        yield return PngFile.Make(2, 8, PngFile.ColourAlpha, [[200, 100, 50, 0, 10, 20, 30, 128], [1, 2, 3, 255, 255, 254, 253, 1]]);
        yield return PngFile.Make(2, 8, PngFile.Palette, [[0, 1]], ("PLTE", [9, 8, 7, 60, 50, 40]), ("tRNS", [0, 100]));
        yield return PngFile.Make(4, 16, PngFile.Grey, [[0, 255, 3, 0, 128, 0, 255, 255]]);
        yield return OtherFormats.Bmp(13, 11, EncodedPicture.Smooth);
        yield return OtherFormats.Gif(13, 11, (200, 10, 20), (0, 255, 0));
    }
}
