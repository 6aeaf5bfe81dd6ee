using SkiaSharp;
using SparseKernels.Images.Decoding;
using SparseKernels.Images.Tests.Support;
using Xunit;

namespace SparseKernels.Images.Tests.Decoding;

public class PictureDecoderTests
{
    [Theory]
    [InlineData(SKEncodedImageFormat.Jpeg, 6)]
    [InlineData(SKEncodedImageFormat.Webp, 10)]
    [InlineData(SKEncodedImageFormat.Png, 0)]
    public void Decode_EveryEncoder_TheSamePicture(SKEncodedImageFormat format, int tolerance) => Same(
        PictureDecoder.Decode(EncodedPicture.Make(format, 41, 27, EncodedPicture.Smooth)), 41, 27, EncodedPicture.Smooth, tolerance);

    [Theory]
    [InlineData(1, 1)]
    [InlineData(5, 3)]
    [InlineData(6, 2)]
    [InlineData(23, 9)]
    public void Decode_PngAndBmpOfEveryWidth_ToTheBit(int width, int height)
    {
        Same(PictureDecoder.Decode(PngFile.OfColours(width, height, Hash)), width, height, Hash, 0);
        Same(PictureDecoder.Decode(OtherFormats.Bmp(width, height, Hash)), width, height, Hash, 0);
    }

    [Fact]
    public void Decode_Gif_TheFirstFrame() =>
        Same(PictureDecoder.Decode(OtherFormats.Gif(13, 11, (200, 10, 20), (0, 255, 0))), 13, 11, (_, _) => (200, 10, 20), 0);

    [Fact]
    public void Decode_GreyJpeg_ThreeEqualChannels()
    {
        using var bitmap = new SKBitmap(new SKImageInfo(16, 16, SKColorType.Gray8, SKAlphaType.Opaque));
        for (var y = 0; y < 16; y++)
            for (var x = 0; x < 16; x++) bitmap.SetPixel(x, y, new SKColor((byte)(10 * x), (byte)(10 * x), (byte)(10 * x)));
        using var data = bitmap.Encode(SKEncodedImageFormat.Jpeg, 100);
        Same(PictureDecoder.Decode(data.ToArray()), 16, 16, (x, _) => (10 * x, 10 * x, 10 * x), 3);
    }

    [Fact]
    public void Decode_CmykJpeg_AsPil() => Same(PictureDecoder.Decode(OtherFormats.CmykJpeg), 16, 16, (_, _) => (156, 120, 76), 1);

    [Fact]
    public void Decode_Alpha_DroppedNotBlended()
    {
        byte[][] colours = [[200, 100, 50, 0, 10, 20, 30, 128], [1, 2, 3, 255, 255, 254, 253, 1]];
        Same(
            PictureDecoder.Decode(PngFile.Make(2, 8, PngFile.ColourAlpha, colours)), 2, 2,
            (x, y) => (colours[y][4 * x], colours[y][(4 * x) + 1], colours[y][(4 * x) + 2]), 0);
        byte[][] greys = [[200, 0, 77, 128]];
        Same(PictureDecoder.Decode(PngFile.Make(2, 8, PngFile.GreyAlpha, greys)), 2, 1, (x, _) => (greys[0][2 * x], greys[0][2 * x], greys[0][2 * x]), 0);
        var palette = PngFile.Make(2, 8, PngFile.Palette, [[0, 1]], ("PLTE", [9, 8, 7, 60, 50, 40]), ("tRNS", [0, 100]));
        Same(PictureDecoder.Decode(palette), 2, 1, (x, _) => x == 0 ? (9, 8, 7) : (60, 50, 40), 0);
    }

    [Fact]
    public void Decode_SixteenBits_TheUpperEight()
    {
        byte[][] colours = [[200, 7, 100, 130, 50, 255, 0, 0, 255, 255, 128, 0]];
        Same(PictureDecoder.Decode(PngFile.Make(2, 16, PngFile.Colour, colours)), 2, 1, (x, _) => (colours[0][6 * x], colours[0][(6 * x) + 2], colours[0][(6 * x) + 4]), 1);
        byte[][] greys = [[0, 255, 3, 0, 128, 0, 255, 255]];
        Same(PictureDecoder.Decode(PngFile.Make(4, 16, PngFile.Grey, greys)), 4, 1, (x, _) => (greys[0][2 * x], greys[0][2 * x], greys[0][2 * x]), 1);
    }

    [Fact]
    public void Decode_FewBits_SpreadOverTheRange() =>
        Same(PictureDecoder.Decode(PngFile.Make(8, 1, PngFile.Grey, [[0b10110001]])), 8, 1, (x, _) => "10110001"[x] == '1' ? (255, 255, 255) : (0, 0, 0), 0);

    [Fact]
    public void Decode_GammaAndProfile_AreNotApplied()
    {
        var file = PngFile.Make(1, 8, PngFile.Colour, [[200, 100, 50]], ("gAMA", [0, 1, 0x86, 0xA0]));
        Same(PictureDecoder.Decode(file), 1, 1, (_, _) => (200, 100, 50), 0);
    }

    [Theory]
    [InlineData(1, "TL TR BL BR")]
    [InlineData(2, "TR TL BR BL")]
    [InlineData(3, "BR BL TR TL")]
    [InlineData(4, "BL BR TL TR")]
    [InlineData(5, "TL BL TR BR")]
    [InlineData(6, "BL TL BR TR")]
    [InlineData(7, "BR TR BL TL")]
    [InlineData(8, "TR BR TL BL")]
    public void Decode_EveryOrientation_Upright(int orientation, string expected)
    {
        var colours = new Dictionary<string, (int, int, int)> { ["TL"] = (255, 0, 0), ["TR"] = (0, 255, 0), ["BL"] = (0, 0, 255), ["BR"] = (255, 255, 255) };
        var jpeg = EncodedPicture.Make(SKEncodedImageFormat.Jpeg, 48, 32, (x, y) => colours[(y < 16 ? "T" : "B") + (x < 24 ? "L" : "R")]);
        var picture = PictureDecoder.Decode(EncodedPicture.WithOrientation(jpeg, orientation));
        Assert.Equal(orientation < 5 ? (48, 32) : (32, 48), (picture.Width, picture.Height));
        (int, int)[] corners = [(2, 2), (picture.Width - 3, 2), (2, picture.Height - 3), (picture.Width - 3, picture.Height - 3)];
        Assert.Equal(expected.Split(' '), corners.Select(corner => colours.MinBy(colour => Distance(At(picture, corner), colour.Value)).Key));
    }

    [Theory]
    [InlineData(SKEncodedImageFormat.Jpeg)]
    [InlineData(SKEncodedImageFormat.Webp)]
    [InlineData(SKEncodedImageFormat.Png)]
    public void Decode_CutOff_IsRefused(SKEncodedImageFormat format)
    {
        var whole = EncodedPicture.Make(format, 64, 48, (x, y) => Hash(x, y));
        foreach (var share in new[] { 0.3, 0.6, 0.9 })
        {
            var cut = whole[..(int)(whole.Length * share)];
            Assert.Matches("ends too early, after [0-9]+ bytes|is damaged", Assert.Throws<InvalidDataException>(() => PictureDecoder.Decode(cut)).Message);
        }
    }

    [Fact]
    public void Decode_NoPicture_IsRefused()
    {
        Refused("is empty", []);
        Refused("is no picture: expected JPEG, PNG, BMP, GIF or WebP", "It is a truth universally acknowledged, that a single man"u8.ToArray());
        Refused("is no picture", new byte[1000]);
        var damaged = PngFile.OfColours(32, 32, Hash);
        damaged.AsSpan(damaged.Length / 2, 40).Fill(0x55);
        Refused("is damaged", damaged);
        Refused("has 60000x60000 pixels", TooLarge());

        static void Refused(string because, byte[] file) => Assert.Contains(
            because, Assert.Throws<InvalidDataException>(() => PictureDecoder.Decode(file)).Message, StringComparison.Ordinal);

        static byte[] TooLarge()
        {
            // A head that promises more than there is memory for.
            var file = OtherFormats.Bmp(1, 1, (_, _) => (0, 0, 0));
            BitConverter.GetBytes(60000).CopyTo(file, 18);
            BitConverter.GetBytes(60000).CopyTo(file, 22);
            return file;
        }
    }

    private static (int R, int G, int B) Hash(int x, int y) => ((x * 37) + (y * 71) & 255, (x * 91) + (y * 13) + 5 & 255, (x * 17) + (y * 113) + 9 & 255);

    private static (int R, int G, int B) At(Picture picture, (int X, int Y) at)
    {
        var pixel = picture.Row(at.Y).Slice(3 * at.X, 3);
        return (pixel[0], pixel[1], pixel[2]);
    }

    private static int Distance((int R, int G, int B) a, (int R, int G, int B) b) => Math.Abs(a.R - b.R) + Math.Abs(a.G - b.G) + Math.Abs(a.B - b.B);

    private static void Same(Picture picture, int width, int height, Func<int, int, (int R, int G, int B)> pixel, int tolerance)
    {
        Assert.Equal((width, height, 3 * width * height), (picture.Width, picture.Height, picture.Pixels.Length));
        for (var y = 0; y < height; y++)
        {
            for (var x = 0; x < width; x++)
            {
                var (expected, got) = (pixel(x, y), At(picture, (x, y)));
                Assert.True(
                    Math.Max(Math.Abs(expected.R - got.R), Math.Max(Math.Abs(expected.G - got.G), Math.Abs(expected.B - got.B))) <= tolerance,
                    $"at ({x}, {y}) expected {expected}, got {got}");
            }
        }
    }
}
