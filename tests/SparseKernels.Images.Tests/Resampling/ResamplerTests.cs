using SparseKernels.Images.Decoding;
using SparseKernels.Images.Resampling;
using Xunit;

namespace SparseKernels.Images.Tests.Resampling;

public class ResamplerTests
{
    // What Image.resize(…, Image.BILINEAR) of PIL 9.4 makes of the picture of Hash, 11×7: whole to 4×3, and (2, 1, 10, 6) of it to 5×5.
    private static readonly int[] s_pilReduced =
        [97, 141, 118, 120, 141, 113, 117, 114, 127, 88, 131, 122, 118, 131, 146, 110, 131, 130, 127, 120, 137, 132, 145, 127, 112, 132, 149, 134, 158, 142, 139, 136, 134, 140, 141, 121];

    private static readonly int[] s_pilPart =
    [
        191, 36, 137, 78, 112, 166, 90, 180, 47, 169, 61, 115, 93, 90, 191, 38, 139, 135, 133, 187, 79, 105, 88, 168, 76, 177, 69, 171, 121, 117, 140, 136, 86, 66, 100, 154, 119, 92,
        76, 172, 84, 185, 98, 199, 149, 138, 87, 188, 121, 175, 134, 134, 117, 197, 146, 180, 139, 129, 126, 75, 89, 190, 186, 196, 155, 142, 148, 121, 105, 100, 154, 188, 207, 157, 153,
    ];

    [Fact]
    public void Resample_PilsPicture_WithinALevelOfPil()
    {
        Close(s_pilReduced, Resize(Hash(11, 7), new PixelBox(0, 0, 11, 7), 4, 3, new PixelBox(0, 0, 4, 3)), 1);
        Close(s_pilPart, Resize(Hash(11, 7), new PixelBox(2, 1, 8, 5), 5, 5, new PixelBox(0, 0, 5, 5)), 1);
    }

    [Theory]
    [InlineData(40, 30, 17, 13)]
    [InlineData(9, 21, 30, 40)]
    [InlineData(64, 5, 3, 5)]
    [InlineData(1, 1, 6, 4)]
    [InlineData(200, 3, 1, 1)]
    [InlineData(33, 34, 33, 34)]
    public void Resample_WholeAndWindow_EqualsReferenceInDoublePrecision(int width, int height, int newWidth, int newHeight)
    {
        var picture = Hash(width, height);
        var whole = new PixelBox(0, 0, newWidth, newHeight);
        var all = Resize(picture, new PixelBox(0, 0, width, height), newWidth, newHeight, whole);
        Close(Reference(picture, new PixelBox(0, 0, width, height), newWidth, newHeight), all, 1e-3);
        var window = new PixelBox(newWidth / 3, newHeight / 4, newWidth - (newWidth / 2), newHeight - (newHeight / 2));
        var part = Resize(picture, new PixelBox(0, 0, width, height), newWidth, newHeight, window);
        for (var y = 0; y < window.Height; y++)
        {
            Assert.Equal(
                all.AsSpan(3 * (((window.Top + y) * newWidth) + window.Left), 3 * window.Width).ToArray(),
                part.AsSpan(3 * y * window.Width, 3 * window.Width).ToArray());
        }
    }

    [Fact]
    public void Resample_PartsOfAnySize_EqualReferenceOfThePartAlone()
    {
        var random = new Random(5);
        var picture = Hash(50, 40);
        for (var i = 0; i < 60; i++)
        {
            var (w, h) = (random.Next(1, 51), random.Next(1, 41));
            var part = new PixelBox(random.Next(0, 51 - w), random.Next(0, 41 - h), w, h);
            var (width, height) = (random.Next(1, 60), random.Next(1, 60));
            Close(Reference(picture, part, width, height), Resize(picture, part, width, height, new PixelBox(0, 0, width, height)), 1e-3);
        }
    }

    [Fact]
    public void PictureSink_Rows_AreRoundedToTheNearest()
    {
        var picture = new Picture(30, 2, new byte[180]);
        var values = Enumerable.Range(0, 90).Select(i => i == 0 ? 255.0001f : i * 2.83f).ToArray();
        new PictureSink(picture).Take(1, values);
        Assert.All(picture.Pixels[..90], value => Assert.Equal(0, value));
        Assert.Equal(values.Select(value => (byte)Math.Round(value)), picture.Pixels[90..]);
    }

    [Fact]
    public void PlaneSink_Mirrored_EveryRowReversed()
    {
        float[] row = [255, 51, 0, 102, 153, 204];
        var (plain, mirrored) = (new float[12], new float[12]);
        new PlaneSink(plain, mirrored: false).Take(1, row);
        new PlaneSink(mirrored, mirrored: true).Take(1, row);
        Close([0, 0, 1, 0.4, 0, 0, 0.2, 0.6, 0, 0, 0, 0.8], plain, 1e-6);
        Close([0, 0, 0.4, 1, 0, 0, 0.6, 0.2, 0, 0, 0.8, 0], mirrored, 1e-6);
    }

    private static Picture Hash(int width, int height)
    {
        var pixels = new byte[3 * width * height];
        for (var i = 0; i < pixels.Length; i++)
        {
            var (x, y, c) = (i / 3 % width, i / 3 / width, i % 3);
            pixels[i] = (byte)((x * 37) + (y * 71) + (c * 101) + (x * y * 13));
        }

        return new Picture(width, height, pixels);
    }

    private static float[] Resize(Picture picture, PixelBox part, int width, int height, PixelBox window)
    {
        var sink = new Collected(new float[3 * window.Width * window.Height]);
        Resampler.OfThread.Resample(picture, part, width, height, window, ref sink);
        return sink.Values;
    }

    private static double[] Reference(Picture picture, PixelBox part, int width, int height)
    {
        var (columns, rows) = (Weights(part.Width, width), Weights(part.Height, height));
        var sums = new double[3 * width * height];
        for (var y = 0; y < height; y++)
        {
            for (var x = 0; x < width; x++)
            {
                for (var v = 0; v < part.Height; v++)
                {
                    for (var u = 0; rows[y][v] > 0 && u < part.Width; u++)
                    {
                        for (var c = 0; c < 3; c++)
                            sums[(3 * ((y * width) + x)) + c] += rows[y][v] * columns[x][u] * picture.Row(part.Top + v)[(3 * (part.Left + u)) + c];
                    }
                }
            }
        }

        return sums;
    }

    /// <summary>Of each position of a line resized from m to n, the weight of every source position.</summary>
    private static double[][] Weights(int m, int n)
    {
        var scale = (double)m / n;
        return [.. Enumerable.Range(0, n).Select(i =>
        {
            var weights = Enumerable.Range(0, m).Select(j => Math.Max(0, 1 - (Math.Abs(j + 0.5 - ((i + 0.5) * scale)) / Math.Max(scale, 1)))).ToArray();
            return weights.Select(weight => weight / weights.Sum()).ToArray();
        })];
    }

    private static void Close<T>(IReadOnlyList<T> expected, IReadOnlyList<float> got, double tolerance)
        where T : IConvertible
    {
        Assert.Equal(expected.Count, got.Count);
        for (var i = 0; i < expected.Count; i++)
            Assert.True(Math.Abs(expected[i].ToDouble(null) - got[i]) <= tolerance, $"element {i}: expected {expected[i]}, got {got[i]}");
    }

    private readonly struct Collected(float[] values) : IRowSink
    {
        public float[] Values { get; } = values;

        public void Take(int y, ReadOnlySpan<float> row) => row.CopyTo(Values.AsSpan(y * row.Length));
    }
}
