using SparseKernels.Training.Data;
using SparseKernels.Training.Randomness;
using Xunit;

namespace SparseKernels.Training.Tests.Data;

public class AugmentationTests
{
    private const int Height = 5;
    private const int Width = 4;
    private const int Channels = 2;

    [Fact]
    public void Apply_NoPaddingNoFlip_Copies()
    {
        var source = Image();
        var result = new float[source.Length];
        var random = new RandomSource(1);
        Augmentation.None.Apply(source, result, Height, Width, ref random);
        Assert.Equal(source, result);
    }

    [Theory]
    [InlineData(1, false)]
    [InlineData(2, true)]
    [InlineData(7, true)]
    public void Apply_ManyDraws_EachIsAShiftOrItsMirrorAndAllOccur(int padding, bool flip)
    {
        var augmentation = new Augmentation(padding, flip);
        var source = Image();
        var candidates = new Dictionary<string, string>();
        for (var down = -padding; down <= padding; down++)
        {
            for (var right = -padding; right <= padding; right++)
            {
                candidates[Text(Expected(source, down, right, mirrored: false))] = $"{down} {right}";
                if (flip) candidates[Text(Expected(source, down, right, mirrored: true))] = $"{down} {right} mirrored";
            }
        }

        var seen = new HashSet<string>();
        var result = new float[source.Length];
        for (ulong i = 0; i < 6000; i++)
        {
            Array.Fill(result, float.NaN);
            var random = new RandomSource(5, 0, i);
            augmentation.Apply(source, result, Height, Width, ref random);
            Assert.Contains(Text(result), candidates);
            seen.Add(Text(result));
        }

        Assert.Equal(candidates.Count, seen.Count);
    }

    [Fact]
    public void Apply_BadBuffers_ThrowsNamingArgument()
    {
        var image = Image();
        var random = new RandomSource(1);
        Assert.Throws<ArgumentException>(
            "source", () => Augmentation.None.Apply(image.AsSpan(1), new float[39], Height, Width, ref random));
        Assert.Throws<ArgumentException>("destination", () => Augmentation.None.Apply(image, new float[39], Height, Width, ref random));
        Assert.Throws<ArgumentException>("destination", () => Augmentation.None.Apply(image, image, Height, Width, ref random));
        Assert.Throws<ArgumentOutOfRangeException>("padding", () => new Augmentation(-1, flip: false));
    }

    private static float[] Image() => [.. Enumerable.Range(1, Channels * Height * Width).Select(i => (float)i)];

    private static string Text(float[] image) => string.Join(' ', image);

    private static float[] Expected(float[] source, int down, int right, bool mirrored)
    {
        var result = new float[source.Length];
        for (var i = 0; i < result.Length; i++)
        {
            var (c, y, x) = (i / (Height * Width), i / Width % Height, i % Width);
            if (mirrored) x = Width - 1 - x;
            var (fromY, fromX) = (y + down, x + right);
            if (fromY is >= 0 and < Height && fromX is >= 0 and < Width) result[i] = source[(((c * Height) + fromY) * Width) + fromX];
        }

        return result;
    }
}
