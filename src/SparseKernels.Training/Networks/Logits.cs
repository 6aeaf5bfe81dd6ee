using SparseKernels.Tensors;

namespace SparseKernels.Training.Networks;

/// <summary>The logits of a batch, <c>[N, K, 1, 1]</c> in any layout.</summary>
internal static class Logits
{
    /// <summary>Makes one image's probabilities, <c>exp(z[k]) / Σ_j exp(z[j])</c>; the largest is subtracted first, so nothing overflows.</summary>
    /// <param name="z">K logits, overwritten.</param>
    public static void ToProbabilities(Span<float> z)
    {
        var largest = float.NegativeInfinity;
        foreach (var value in z) largest = MathF.Max(largest, value);
        var sum = 0.0;
        foreach (var value in z) sum += Math.Exp((double)value - largest);
        foreach (ref var value in z) value = (float)(Math.Exp((double)value - largest) / sum);
    }

    /// <summary>Copies one image's.</summary>
    /// <param name="logits">The batch's.</param>
    /// <param name="n">The image.</param>
    /// <param name="to">K numbers.</param>
    public static void CopyImage(this BlockedTensor logits, int n, Span<float> to)
    {
        var values = logits.AsSpan();
        for (var k = 0; k < to.Length; k++) to[k] = values[logits.IndexOf(n, k, 0, 0)];
    }
}
