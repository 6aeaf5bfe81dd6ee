namespace SparseKernels.Pruning;

/// <summary>
/// Bytes of weights, gradients, momenta and masks that passes over them ask memory for. What a pass touches again while its chunk is in
/// cache is not counted.
/// </summary>
/// <param name="Read">Bytes read.</param>
/// <param name="Written">Bytes written.</param>
public readonly record struct WeightTraffic(long Read, long Written)
{
    private const int Float = sizeof(float);
    private const int WeightsPerByte = 8;

    /// <summary>Bytes read and written.</summary>
    public long Total => Read + Written;

    /// <summary>The sum of two.</summary>
    /// <param name="a">One.</param>
    /// <param name="b">The other.</param>
    /// <returns>The sum.</returns>
    public static WeightTraffic operator +(WeightTraffic a, WeightTraffic b) => new(a.Read + b.Read, a.Written + b.Written);

    /// <summary>
    /// What one step costs where each job is a pass of its own over all weights: update (reads w, dw, v; writes w, v), mask (reads and
    /// writes w and v, reads the mask) and sums of squares (reads w); in a step that prunes also a coarse and a fine pass (each reads and
    /// writes w, v and the mask).
    /// </summary>
    /// <param name="weights">How many weights, pruned ones included.</param>
    /// <param name="prunes">Whether the step prunes.</param>
    /// <returns>The bytes.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="weights"/> is negative.</exception>
    public static WeightTraffic OfSeparatePasses(long weights, bool prunes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(weights);
        var mask = MaskBytes(weights);
        var ordinary = new WeightTraffic((6 * Float * weights) + mask, 4 * Float * weights);
        var pruning = new WeightTraffic((2 * Float * weights) + mask, (2 * Float * weights) + mask);
        return prunes ? ordinary + pruning + pruning : ordinary;
    }

    internal static long MaskBytes(long weights) => (weights + WeightsPerByte - 1) / WeightsPerByte;
}
