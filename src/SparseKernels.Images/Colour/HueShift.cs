using System.Numerics;

namespace SparseKernels.Images.Colour;

/// <summary>
/// Turns colours on the circle of hues, keeping value and saturation (HSV; Smith 1978). Back from hue the branchless form
/// <c>V − C·max(0, min(k, 4 − k, 1))</c>, <c>k = (n + 6·hue) mod 6</c>, n = 5, 3, 1 for red, green, blue.
/// </summary>
internal static class HueShift
{
    /// <summary>Turns all pixels.</summary>
    /// <param name="chw"><c>[3, H, W]</c>, 0 to 1, changed in place.</param>
    /// <param name="turns">How far: 1 is the whole circle.</param>
    public static void Apply(Span<float> chw, float turns)
    {
        var plane = chw.Length / 3;
        var red = chw[..plane];
        var green = chw.Slice(plane, plane);
        var blue = chw[(2 * plane)..];
        var i = 0;
        for (; i <= plane - Vector<float>.Count; i += Vector<float>.Count) Turn(red[i..], green[i..], blue[i..], turns);
        if (i == plane) return;

        // The rest by itself, in a vector's length of memory.
        Span<float> rest = stackalloc float[3 * Vector<float>.Count];
        rest.Clear();
        var r = rest[..Vector<float>.Count];
        var g = rest.Slice(Vector<float>.Count, Vector<float>.Count);
        var b = rest[(2 * Vector<float>.Count)..];
        red[i..].CopyTo(r);
        green[i..].CopyTo(g);
        blue[i..].CopyTo(b);
        Turn(r, g, b, turns);
        r[..(plane - i)].CopyTo(red[i..]);
        g[..(plane - i)].CopyTo(green[i..]);
        b[..(plane - i)].CopyTo(blue[i..]);
    }

    private static void Turn(Span<float> red, Span<float> green, Span<float> blue, float turns)
    {
        var (r, g, b) = (new Vector<float>(red), new Vector<float>(green), new Vector<float>(blue));
        var value = Vector.Max(r, Vector.Max(g, b));
        var chroma = value - Vector.Min(r, Vector.Min(g, b));

        // A grey has no hue: any will do.
        var by = Vector.ConditionalSelect(Vector.Equals(chroma, Vector<float>.Zero), Vector<float>.One, chroma);
        var ofBlue = ((r - g) / by) + new Vector<float>(4);
        var ofGreen = ((b - r) / by) + new Vector<float>(2);
        var hue = Vector.ConditionalSelect(
            Vector.Equals(value, r), (g - b) / by, Vector.ConditionalSelect(Vector.Equals(value, g), ofGreen, ofBlue));
        hue += new Vector<float>(6 * turns);
        Channel(hue, 5, value, chroma).CopyTo(red);
        Channel(hue, 3, value, chroma).CopyTo(green);
        Channel(hue, 1, value, chroma).CopyTo(blue);
    }

    private static Vector<float> Channel(Vector<float> hue, float n, Vector<float> value, Vector<float> chroma)
    {
        var six = new Vector<float>(6);
        var k = hue + new Vector<float>(n);
        k -= six * Vector.Floor(k / six);
        var share = Vector.Max(Vector<float>.Zero, Vector.Min(Vector.Min(k, new Vector<float>(4) - k), Vector<float>.One));
        return value - (chroma * share);
    }
}
