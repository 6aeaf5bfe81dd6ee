using System.Numerics;

namespace SparseKernels.Training.Data;

/// <summary>
/// The ten shapes of <see cref="SyntheticDataSet"/> as signed distances, negative inside, in a frame where each shape about fills the
/// unit circle. The formulas are the usual ones of constructive geometry: a union is a minimum, an intersection a maximum.
/// </summary>
internal static class ShapeDistance
{
    /// <summary>What each class shows.</summary>
    public static readonly string[] Names =
        ["disc", "ring", "square", "frame", "triangle", "star", "cross", "crescent", "half disc", "pair"];

    /// <summary>The distance from a point to a shape's edge.</summary>
    /// <param name="label">The class, 0 to 9.</param>
    /// <param name="p">The point in the shape's frame.</param>
    /// <returns>The distance, exact near the edge but for corners.</returns>
    public static float To(int label, Vector2 p) => label switch
    {
        0 => Disc(p, 0.9f),
        1 => MathF.Abs(Disc(p, 0.75f)) - 0.2f,
        2 => Box(p, new Vector2(0.78f)),
        3 => MathF.Abs(Box(p, new Vector2(0.68f))) - 0.17f,
        4 => Triangle(p),
        5 => Star(p),
        6 => MathF.Min(Box(p, new Vector2(0.95f, 0.27f)), Box(p, new Vector2(0.27f, 0.95f))),
        7 => MathF.Max(Disc(p, 0.95f), -Disc(p - new Vector2(0.5f, 0), 0.75f)),
        8 => MathF.Max(Disc(p + new Vector2(0, 0.4f), 0.95f), -0.4f - p.Y),
        9 => MathF.Min(Disc(p - new Vector2(0.52f, 0), 0.44f), Disc(p + new Vector2(0.52f, 0), 0.44f)),
        _ => throw new ArgumentOutOfRangeException(nameof(label), label, "label must be from 0 to 9."),
    };

    /// <summary>The distance from a point to a segment with round ends.</summary>
    /// <param name="p">The point.</param>
    /// <param name="a">One end.</param>
    /// <param name="b">The other.</param>
    /// <param name="radius">Half the segment's thickness.</param>
    /// <returns>The distance.</returns>
    public static float Segment(Vector2 p, Vector2 a, Vector2 b, float radius)
    {
        var along = b - a;
        var share = Math.Clamp(Vector2.Dot(p - a, along) / MathF.Max(along.LengthSquared(), 1e-6f), 0, 1);
        return (p - a - (share * along)).Length() - radius;
    }

    private static float Disc(Vector2 p, float radius) => p.Length() - radius;

    private static float Box(Vector2 p, Vector2 half)
    {
        var outside = Vector2.Abs(p) - half;
        return Vector2.Max(outside, Vector2.Zero).Length() + MathF.Min(MathF.Max(outside.X, outside.Y), 0);
    }

    private static float Triangle(Vector2 p)
    {
        // Three half-planes at 120 degrees, 0.5 from the middle.
        var slanted = (MathF.Abs(p.X) * 0.8660254f) - (p.Y * 0.5f);
        return MathF.Max(slanted, p.Y) - 0.5f;
    }

    private static float Star(Vector2 p)
    {
        // Fold the plane onto half of one point, where the edge is one straight line from tip to notch.
        const float Sector = 2 * MathF.PI / 5;
        const float Notch = 0.42f;
        var angle = MathF.Atan2(p.X, p.Y);
        angle = MathF.Abs(angle - (Sector * MathF.Round(angle / Sector)));
        var radius = p.Length();
        var folded = new Vector2(radius * MathF.Sin(angle), radius * MathF.Cos(angle));
        var tip = new Vector2(0, 1);
        var notch = new Vector2(Notch * MathF.Sin(Sector / 2), Notch * MathF.Cos(Sector / 2));
        var edge = notch - tip;
        return Vector2.Dot(folded - tip, Vector2.Normalize(new Vector2(-edge.Y, edge.X)));
    }
}
