using SkiaSharp;
using SparseKernels.Images.Decoding;
using Xunit;

namespace SparseKernels.Images.Tests.Decoding;

public class UprightTests
{
    [Theory]
    [InlineData(7, 5)]
    [InlineData(1, 4)]
    [InlineData(4, 1)]
    [InlineData(1, 1)]
    [InlineData(12, 13)]
    public void From_EveryOrientation_EveryPixelInItsPlace(int width, int height)
    {
        var stored = Enumerable.Range(0, width * height).Select(i => (uint)(i * 1234567) | 0xFF000000).ToArray();
        foreach (var origin in Enum.GetValues<SKEncodedOrigin>().Distinct())
        {
            var picture = Upright.From(stored, width, height, origin, new byte[3 * width * height]);
            var swapped = (int)origin > 4;
            Assert.Equal(swapped ? (height, width) : (width, height), (picture.Width, picture.Height));
            for (var y = 0; y < picture.Height; y++)
            {
                for (var x = 0; x < picture.Width; x++)
                {
                    // EXIF says which sides of what is seen the stored row 0 and column 0 are.
                    var (column, row) = origin switch
                    {
                        SKEncodedOrigin.TopLeft => (x, y),
                        SKEncodedOrigin.TopRight => (width - 1 - x, y),
                        SKEncodedOrigin.BottomRight => (width - 1 - x, height - 1 - y),
                        SKEncodedOrigin.BottomLeft => (x, height - 1 - y),
                        SKEncodedOrigin.LeftTop => (y, x),
                        SKEncodedOrigin.RightTop => (y, height - 1 - x),
                        SKEncodedOrigin.RightBottom => (width - 1 - y, height - 1 - x),
                        _ => (width - 1 - y, x),
                    };
                    var expected = stored[(row * width) + column];
                    Assert.Equal([(byte)expected, (byte)(expected >> 8), (byte)(expected >> 16)], picture.Row(y).Slice(3 * x, 3).ToArray());
                }
            }
        }
    }
}
