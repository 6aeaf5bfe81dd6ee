using SparseKernels.Images.Colour;
using SparseKernels.Training.Randomness;
using Xunit;

namespace SparseKernels.Images.Tests.Colour;

public class ColourJitterTests
{
    private const int Plane = 37;

    [Theory]
    [InlineData(0.0)]
    [InlineData(0.6)]
    [InlineData(1.0)]
    [InlineData(1.7)]
    public void Changes_EveryFactor_EqualTorchvisionsDefinition(double factor)
    {
        var before = Random(1);
        var grey = Enumerable.Range(0, Plane).Select(i => (0.2989 * before[i]) + (0.587 * before[Plane + i]) + (0.114 * before[(2 * Plane) + i])).ToArray();
        Equal(before, chw => ColourChange.Brighten(chw, (float)factor), i => before[i] * factor);
        Equal(before, chw => ColourChange.Contrast(chw, (float)factor), i => (before[i] * factor) + ((1 - factor) * grey.Average()));
        Equal(before, chw => ColourChange.Saturate(chw, (float)factor), i => (before[i] * factor) + ((1 - factor) * grey[i % Plane]));
    }

    [Theory]
    [InlineData(0.0)]
    [InlineData(0.1)]
    [InlineData(-0.5)]
    [InlineData(0.37)]
    public void HueShift_EveryAngle_EqualsHsvInDoublePrecision(double turns)
    {
        var before = Random(2);

        // Greys, pure colours and two equal channels.
        foreach (var (i, pixel) in new[] { (0.5f, 0.5f, 0.5f), (1, 0, 0), (0, 1, 0), (0, 0, 1), (1, 1, 0), (0, 0.3f, 0.3f), (0, 0, 0), (1, 1, 1) }.Index())
            (before[i], before[Plane + i], before[(2 * Plane) + i]) = pixel;
        Equal(before, chw => HueShift.Apply(chw, (float)turns), i => Turned(before[i % Plane], before[Plane + (i % Plane)], before[(2 * Plane) + (i % Plane)], turns)[i / Plane]);
    }

    [Fact]
    public void Apply_NothingMayChange_NothingIsDrawnOrChanged()
    {
        var (values, random, same) = (Random(3), new RandomSource(4), new RandomSource(4));
        ColourJitter.Apply(values, new PictureAugmentation(), ref random);
        Assert.Equal(Random(3), values);
        Assert.Equal(same.NextUInt64(), random.NextUInt64());
    }

    [Fact]
    public void Apply_SameSource_SameBitsAndOtherSourceOthers()
    {
        var augmentation = new PictureAugmentation { Brightness = 0.4f, Contrast = 0.4f, Saturation = 0.4f, Hue = 0.1f };
        Assert.Equal(Jittered(1), Jittered(1));
        Assert.NotEqual(Jittered(1), Jittered(2));
        Assert.All(Jittered(3), value => Assert.InRange(value, 0f, 1f));

        float[] Jittered(ulong seed)
        {
            var (values, random) = (Random(5), new RandomSource(seed));
            ColourJitter.Apply(values, augmentation, ref random);
            return values;
        }
    }

    [Fact]
    public void Apply_BrightnessAlone_FactorsSpreadOverTheirRange()
    {
        var factors = Enumerable.Range(0, 500).Select(i =>
        {
            float[] values = [0.5f, 0.5f, 0.5f];
            var random = new RandomSource((ulong)i);
            ColourJitter.Apply(values, new PictureAugmentation { Brightness = 0.3f }, ref random);
            return values[0] / 0.5f;
        }).ToArray();
        Assert.InRange(factors.Min(), 0.7f, 0.71f);
        Assert.InRange(factors.Max(), 1.29f, 1.3f);
        Assert.InRange(factors.Average(), 0.98f, 1.02f);
    }

    private static float[] Random(ulong seed)
    {
        var random = new RandomSource(seed);
        return [.. Enumerable.Range(0, 3 * Plane).Select(_ => random.NextSingle())];
    }

    private static void Equal(float[] before, Action<float[]> change, Func<int, double> expected)
    {
        var values = before.ToArray();
        change(values);
        for (var i = 0; i < values.Length; i++) Assert.Equal(Math.Clamp(expected(i), 0, 1), values[i], 1e-5);
    }

    private static double[] Turned(double r, double g, double b, double turns)
    {
        var value = Math.Max(r, Math.Max(g, b));
        var chroma = value - Math.Min(r, Math.Min(g, b));
        var hue = chroma == 0 ? 0 : value == r ? (g - b) / chroma / 6 : value == g ? (2 + ((b - r) / chroma)) / 6 : (4 + ((r - g) / chroma)) / 6;
        hue = (hue + turns) - Math.Floor(hue + turns);
        var saturation = value == 0 ? 0 : chroma / value;
        var sector = (int)Math.Floor(hue * 6) % 6;
        var f = (hue * 6) - Math.Floor(hue * 6);
        var (p, q, t) = (value * (1 - saturation), value * (1 - (saturation * f)), value * (1 - (saturation * (1 - f))));
        return sector switch
        {
            0 => [value, t, p],
            1 => [q, value, p],
            2 => [p, value, t],
            3 => [p, q, value],
            4 => [t, p, value],
            _ => [value, p, q],
        };
    }
}
