using SparseKernels.Tensors;

namespace SparseKernels.Training.Networks;

/// <summary>
/// Softmax and cross-entropy in one: <c>loss = mean over n of (log Σ_k exp(z[n,k]) − z[n,label])</c> and
/// <c>dz[n,k] = (softmax(z[n])[k] − [k = label]) / N</c>. The largest logit is subtracted first, so nothing overflows; sums are double.
/// </summary>
internal static unsafe class SoftmaxCrossEntropy
{
    private const int MostOnStack = 1024;

    /// <summary>Loss and gradient of the first images of a batch.</summary>
    /// <param name="logits"><c>[N, K, 1, 1]</c>.</param>
    /// <param name="labels">The labels, each 0 to K − 1, of as many images as count; the rest of the batch is ignored.</param>
    /// <param name="gradient"><c>[N, K, 1, 1]</c>, overwritten (zero for ignored images), or null if not wanted.</param>
    /// <returns>Mean loss and correct images.</returns>
    public static BatchResult Evaluate(BlockedTensor logits, ReadOnlySpan<int> labels, BlockedTensor? gradient)
    {
        var classes = logits.C;
        gradient?.AsSpan().Clear();
        var z = classes <= MostOnStack ? stackalloc float[classes] : new float[classes];
        var loss = 0.0;
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
            loss += Math.Log(sum) + z[best] - z[labels[n]];
            if (best == labels[n]) correct++;
            if (gradient is null) continue;
            var dz = gradient.AsSpan();
            for (var k = 0; k < classes; k++)
                dz[gradient.IndexOf(n, k, 0, 0)] = (float)(((Math.Exp((double)z[k] - z[best]) / sum) - (k == labels[n] ? 1 : 0)) / labels.Length);
        }

        return new BatchResult(loss / labels.Length, correct, labels.Length);
    }
}
