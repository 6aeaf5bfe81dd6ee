using SparseKernels.Tensors;

namespace SparseKernels.Training.Networks;

/// <summary>The logits of a batch, <c>[N, K, 1, 1]</c> in any layout.</summary>
internal static class Logits
{
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
