using SparseKernels.Tensors;
using SparseKernels.Training.Networks;
using SparseKernels.Training.Tests.Support;
using Xunit;

namespace SparseKernels.Training.Tests.Networks;

public class SoftmaxCrossEntropyTests
{
    private const int Batch = 4;
    private const int Classes = 19;

    [Fact]
    public void Evaluate_RandomLogits_EqualsDefinition()
    {
        using var logits = new BlockedTensor(Batch, Classes, 1, 1);
        using var gradient = new BlockedTensor(Batch, Classes, 1, 1);
        var z = Samples.Gaussian(Batch * Classes);
        var labels = Samples.Labels(Batch, Classes);
        logits.CopyFromNchw(z);

        var result = SoftmaxCrossEntropy.Evaluate(logits, labels, gradient);

        var dz = new float[z.Length];
        gradient.CopyToNchw(dz);
        var loss = 0.0;
        var correct = 0;
        for (var n = 0; n < Batch; n++)
        {
            var row = z.AsSpan(n * Classes, Classes).ToArray();
            var sum = row.Sum(v => Math.Exp(v));
            loss -= Math.Log(Math.Exp(row[labels[n]]) / sum) / Batch;
            if (Array.IndexOf(row, row.Max()) == labels[n]) correct++;
            for (var k = 0; k < Classes; k++)
                Assert.Equal(((Math.Exp(row[k]) / sum) - (k == labels[n] ? 1 : 0)) / Batch, dz[(n * Classes) + k], 1e-7);
        }

        Assert.Equal(loss, result.Loss, 1e-9);
        Assert.Equal((correct, Batch), (result.Correct, result.Count));
    }

    [Fact]
    public void Evaluate_HugeLogits_StaysFinite()
    {
        using var logits = new BlockedTensor(1, 3, 1, 1);
        using var gradient = new BlockedTensor(1, 3, 1, 1);
        logits.CopyFromNchw([1e30f, -1e30f, 0]);
        var result = SoftmaxCrossEntropy.Evaluate(logits, [2], gradient);
        var dz = new float[3];
        gradient.CopyToNchw(dz);
        Assert.Equal(1e30, result.Loss, 1e24);
        Assert.Equal([1, 0, -1], dz);
    }

    [Fact]
    public void Evaluate_PartOfABatch_IgnoresTheRest()
    {
        using var logits = new BlockedTensor(Batch, Classes, 1, 1);
        using var gradient = new BlockedTensor(Batch, Classes, 1, 1);
        using var alone = new BlockedTensor(2, Classes, 1, 1);
        using var aloneGradient = new BlockedTensor(2, Classes, 1, 1);
        var z = Samples.Gaussian(Batch * Classes);
        int[] labels = [3, 7];
        logits.CopyFromNchw(z);
        gradient.AsSpan().Fill(9);
        alone.CopyFromNchw(z.AsSpan(0, 2 * Classes));
        Assert.Equal(SoftmaxCrossEntropy.Evaluate(alone, labels, aloneGradient), SoftmaxCrossEntropy.Evaluate(logits, labels, gradient));
        Assert.Equal(aloneGradient.AsSpan(), gradient.AsSpan()[..aloneGradient.Length]);
        Assert.Equal(-1, gradient.AsSpan()[aloneGradient.Length..].IndexOfAnyExcept(0f));
    }
}
