using System.Numerics;
using SparseKernels.Training.Randomness;

namespace SparseKernels.Training.Data;

/// <summary>Paints one image of <see cref="SyntheticDataSet"/>: background, clutter, the shape, clutter over it, noise.</summary>
internal static class SyntheticImage
{
    /// <summary>Height and width.</summary>
    public const int Size = 32;

    private const int Plane = Size * Size;

    /// <summary>How bright the background's colours are at most, so that a brighter shape can always be found.</summary>
    private const float MostGround = 0.7f;

    /// <summary>By how much a shape is brighter than the middle of its background: a sign that a network learns in a few epochs.</summary>
    private const float LeastContrast = 0.2f;

    /// <summary>Paints.</summary>
    /// <param name="label">The shape.</param>
    /// <param name="random">Decides everything else.</param>
    /// <param name="chw"><c>[3, 32, 32]</c>, overwritten.</param>
    public static void Paint(int label, ref RandomSource random, Span<byte> chw)
    {
        Span<Vector3> canvas = stackalloc Vector3[Plane];
        var ground = Background(canvas, ref random);
        for (var i = random.NextInt(4); i > 0; i--) Clutter(canvas, ref random);
        Shape(canvas, label, ground, ref random);
        for (var i = random.NextInt(2); i > 0; i--) Clutter(canvas, ref random);
        Develop(canvas, random.NextSingle(0.02f, 0.08f), ref random, chw);
    }

    /// <summary>A gradient between two colours; returns the one in the middle.</summary>
    private static Vector3 Background(Span<Vector3> canvas, ref RandomSource random)
    {
        var a = Colour(ref random) * MostGround;
        var b = Vector3.Lerp(a, Colour(ref random) * MostGround, 0.6f);
        var (sin, cos) = MathF.SinCos(random.NextSingle(0, 2 * MathF.PI));
        for (var i = 0; i < canvas.Length; i++)
        {
            var centre = PixelCentre(i) - new Vector2(Size / 2);
            canvas[i] = Vector3.Lerp(a, b, 0.5f + (((centre.X * cos) + (centre.Y * sin)) / (1.5f * Size)));
        }

        return (a + b) / 2;
    }

    private static void Shape(Span<Vector3> canvas, int label, Vector3 ground, ref RandomSource random)
    {
        var radius = random.NextSingle(8, 13);
        var margin = 0.85f * radius;
        var middle = new Vector2(random.NextSingle(margin, Size - margin), random.NextSingle(margin, Size - margin));
        var (sin, cos) = MathF.SinCos(random.NextSingle(0, 2 * MathF.PI));
        var squeeze = random.NextSingle(0.9f, 1.1f);
        var colour = Colour(ref random);
        while (Luminance(colour) - Luminance(ground) < LeastContrast) colour = Colour(ref random);

        for (var i = 0; i < canvas.Length; i++)
        {
            var p = (PixelCentre(i) - middle) / radius;
            var local = new Vector2(((p.X * cos) + (p.Y * sin)) * squeeze, ((p.Y * cos) - (p.X * sin)) / squeeze);
            Blend(ref canvas[i], colour, radius * ShapeDistance.To(label, local));
        }
    }

    /// <summary>A short line or, where both ends meet, a dot.</summary>
    private static void Clutter(Span<Vector3> canvas, ref RandomSource random)
    {
        var from = new Vector2(random.NextSingle(0, Size), random.NextSingle(0, Size));
        var reach = random.NextInt(3) == 0 ? 0 : 9f;
        var to = from + new Vector2(random.NextSingle(-reach, reach), random.NextSingle(-reach, reach));
        var radius = random.NextSingle(0.5f, 1.4f);
        var colour = Colour(ref random);
        for (var i = 0; i < canvas.Length; i++) Blend(ref canvas[i], colour, ShapeDistance.Segment(PixelCentre(i), from, to, radius));
    }

    /// <summary>Adds noise and rounds to bytes, plane by plane.</summary>
    private static void Develop(ReadOnlySpan<Vector3> canvas, float deviation, ref RandomSource random, Span<byte> chw)
    {
        for (var i = 0; i < canvas.Length; i++)
        {
            var noisy = canvas[i] + (deviation * new Vector3(Noise(ref random), Noise(ref random), Noise(ref random)));
            var value = Vector3.Clamp(noisy, Vector3.Zero, Vector3.One) * 255;
            chw[i] = (byte)(value.X + 0.5f);
            chw[Plane + i] = (byte)(value.Y + 0.5f);
            chw[(2 * Plane) + i] = (byte)(value.Z + 0.5f);
        }
    }

    /// <summary>Four uniform numbers' sum brought to mean 0 and deviation 1: as good as a normal one for noise, and far cheaper.</summary>
    private static float Noise(ref RandomSource random)
    {
        var bits = random.NextUInt64();
        var sum = (ushort)bits + (ushort)(bits >> 16) + (ushort)(bits >> 32) + (ushort)(bits >> 48);
        return ((sum / 65536f) - 2) * 1.7320508f;
    }

    private static void Blend(ref Vector3 pixel, Vector3 colour, float distance) =>
        pixel = Vector3.Lerp(pixel, colour, Math.Clamp(0.5f - distance, 0, 1));

    private static Vector3 Colour(ref RandomSource random) => new(random.NextSingle(), random.NextSingle(), random.NextSingle());

    private static float Luminance(Vector3 colour) => Vector3.Dot(colour, new Vector3(0.299f, 0.587f, 0.114f));

    private static Vector2 PixelCentre(int i) => new((i % Size) + 0.5f, (i / Size) + 0.5f);
}
