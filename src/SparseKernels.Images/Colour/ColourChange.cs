using System.Numerics;
using System.Runtime.Intrinsics;

namespace SparseKernels.Images.Colour;

/// <summary>
/// Changes of a colour picture in place, as <c>torchvision.transforms.functional</c> defines them: blends with black, with the mean grey and
/// with each pixel's grey, where grey is 0.2989 red + 0.587 green + 0.114 blue.
/// </summary>
internal static class ColourChange
{
    private const float Red = 0.2989f;
    private const float Green = 0.587f;
    private const float Blue = 0.114f;

    /// <summary><c>v ← clamp(factor·v)</c>.</summary>
    public static void Brighten(Span<float> chw, float factor) => Blend(chw, factor, 0);

    /// <summary><c>v ← clamp(factor·v + (1 − factor)·mean)</c>, where mean is that of the picture's grey.</summary>
    public static void Contrast(Span<float> chw, float factor) => Blend(chw, factor, (1 - factor) * MeanGrey(chw));

    /// <summary><c>v ← clamp(factor·v + (1 − factor)·grey)</c>, where grey is the pixel's own.</summary>
    public static void Saturate(Span<float> chw, float factor)
    {
        var plane = chw.Length / 3;
        var red = chw[..plane];
        var green = chw.Slice(plane, plane);
        var blue = chw[(2 * plane)..];
        var rest = 1 - factor;
        var i = 0;
        for (; i <= plane - Vector<float>.Count; i += Vector<float>.Count)
        {
            var (r, g, b) = (new Vector<float>(red[i..]), new Vector<float>(green[i..]), new Vector<float>(blue[i..]));
            var grey = ((r * Red) + (g * Green) + (b * Blue)) * rest;
            Clamp((r * factor) + grey).CopyTo(red[i..]);
            Clamp((g * factor) + grey).CopyTo(green[i..]);
            Clamp((b * factor) + grey).CopyTo(blue[i..]);
        }

        for (; i < plane; i++)
        {
            var grey = ((red[i] * Red) + (green[i] * Green) + (blue[i] * Blue)) * rest;
            red[i] = Math.Clamp((red[i] * factor) + grey, 0, 1);
            green[i] = Math.Clamp((green[i] * factor) + grey, 0, 1);
            blue[i] = Math.Clamp((blue[i] * factor) + grey, 0, 1);
        }
    }

    private static void Blend(Span<float> values, float factor, float shift)
    {
        var i = 0;
        for (; i <= values.Length - Vector<float>.Count; i += Vector<float>.Count)
            Clamp((new Vector<float>(values[i..]) * factor) + new Vector<float>(shift)).CopyTo(values[i..]);
        for (; i < values.Length; i++) values[i] = Math.Clamp((values[i] * factor) + shift, 0, 1);
    }

    private static Vector<float> Clamp(Vector<float> v) => Vector.Min(Vector.Max(v, Vector<float>.Zero), Vector<float>.One);

    private static float MeanGrey(ReadOnlySpan<float> chw)
    {
        var plane = chw.Length / 3;
        return (float)(((Red * Sum(chw[..plane])) + (Green * Sum(chw.Slice(plane, plane))) + (Blue * Sum(chw[(2 * plane)..]))) / plane);
    }

    /// <summary>In two lanes on every processor, so that all have the same bits.</summary>
    private static double Sum(ReadOnlySpan<float> values)
    {
        var sums = Vector128<double>.Zero;
        var i = 0;
        for (; i <= values.Length - Vector128<float>.Count; i += Vector128<float>.Count)
        {
            var (low, high) = Vector128.Widen(Vector128.Create(values[i..]));
            sums += low;
            sums += high;
        }

        var sum = Vector128.Sum(sums);
        for (; i < values.Length; i++) sum += values[i];
        return sum;
    }
}
