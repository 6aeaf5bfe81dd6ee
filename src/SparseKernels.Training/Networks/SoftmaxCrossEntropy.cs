using SparseKernels.Tensors;

namespace SparseKernels.Training.Networks;

/// <summary>
/// Softmax and cross-entropy in one: with p = softmax(z[n]) and targets <c>q[k] = (1 − ε)·c[label]·[k = label] + ε/K·c[k]</c>
/// (<see cref="LossOptions"/>; without them q is 1 for the label and 0 else), <c>loss = Σ_n Σ_k −q[k]·log p[k] / Σ_n c[label]</c> and
/// <c>dz[n,k] = (p[k]·Σ_j q[j] − q[k]) / Σ_n c[label]</c>. The largest logit is subtracted first, so nothing overflows; sums are double.
/// </summary>
internal static unsafe class SoftmaxCrossEntropy
{
    private const int MostOnStack = 1024;

    /// <summary>Loss and gradient of the first images of a batch.</summary>
    /// <param name="logits"><c>[N, K, 1, 1]</c>.</param>
    /// <param name="labels">The labels, each 0 to K − 1, of as many images as count; the rest of the batch is ignored.</param>
    /// <param name="gradient"><c>[N, K, 1, 1]</c>, overwritten (zero for ignored images), or null if not wanted.</param>
    /// <param name="options">Smoothing and weights, checked; null for none.</param>
    /// <returns>Mean loss and correct images.</returns>
    public static BatchResult Evaluate(BlockedTensor logits, ReadOnlySpan<int> labels, BlockedTensor? gradient, LossOptions? options = null)
    {
        var classes = logits.C;
        gradient?.AsSpan().Clear();
        var z = classes <= MostOnStack ? stackalloc float[classes] : new float[classes];
        var weights = options?.ClassWeights is { Count: > 0 } given ? given : null;
        var smoothing = (double)(options?.LabelSmoothing ?? 0);
        var each = smoothing / classes;
        var (loss, divisor, all) = (0.0, 0.0, 0.0);
        foreach (var label in labels) divisor += Weight(weights, label);
        for (var k = 0; k < classes; k++) all += Weight(weights, k);
        var correct = 0;
        for (var n = 0; n < labels.Length; n++)
        {
            logits.CopyImage(n, z);
            var best = 0;
            for (var k = 1; k < classes; k++)
            {
                if (z[k] > z[best]) best = k;
            }

            var sum = 0.0;
            foreach (var value in z) sum += Math.Exp((double)value - z[best]);
            var label = labels[n];
            var own = (1 - smoothing) * Weight(weights, label);
            var logarithm = Math.Log(sum);
            loss += own * (logarithm + z[best] - z[label]);
            if (each > 0)
            {
                for (var k = 0; k < classes; k++) loss += each * Weight(weights, k) * (logarithm + z[best] - z[k]);
            }

            if (best == label) correct++;
            if (gradient is null) continue;
            var dz = gradient.AsSpan();
            var total = own + (each * all);
            for (var k = 0; k < classes; k++)
            {
                var target = (k == label ? own : 0) + (each * Weight(weights, k));
                dz[gradient.IndexOf(n, k, 0, 0)] = (float)(((Math.Exp((double)z[k] - z[best]) / sum * total) - target) / divisor);
            }
        }

        return new BatchResult(loss / divisor, correct, labels.Length);
    }

    private static double Weight(IReadOnlyList<float>? weights, int k) => weights is null ? 1 : weights[k];
}
