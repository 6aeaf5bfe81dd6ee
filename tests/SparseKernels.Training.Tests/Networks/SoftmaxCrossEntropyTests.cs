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

    [Theory]
    [InlineData(0.1f, false)]
    [InlineData(0f, true)]
    [InlineData(0.3f, true)]
    public void Evaluate_SmoothedAndWeighted_EqualsPyTorchsDefinition(float smoothing, bool weighted)
    {
        using var logits = new BlockedTensor(Batch, Classes, 1, 1);
        using var gradient = new BlockedTensor(Batch, Classes, 1, 1);
        var z = Samples.Gaussian(Batch * Classes);
        var labels = Samples.Labels(Batch, Classes);
        logits.CopyFromNchw(z);
        float[] weights = weighted ? [.. Enumerable.Range(0, Classes).Select(k => 0.5f + (0.25f * (k % 5)))] : [];
        var options = new LossOptions { LabelSmoothing = smoothing, ClassWeights = weights };

        var result = SoftmaxCrossEntropy.Evaluate(logits, labels, gradient, options);

        // Of any targets: the loss by its definition, the gradient by differences of it.
        double Loss(float[] point)
        {
            var (loss, divisor) = (0.0, 0.0);
            for (var n = 0; n < Batch; n++)
            {
                var row = point.AsSpan(n * Classes, Classes).ToArray();
                var logSum = Math.Log(row.Sum(v => Math.Exp(v)));
                double Weight(int k) => weighted ? weights[k] : 1;
                loss += (1 - (double)smoothing) * Weight(labels[n]) * (logSum - row[labels[n]]);
                loss += Enumerable.Range(0, Classes).Sum(k => (double)smoothing / Classes * Weight(k) * (logSum - row[k]));
                divisor += Weight(labels[n]);
            }

            return loss / divisor;
        }

        Assert.Equal(Loss(z), result.Loss, 1e-9);
        var dz = new float[z.Length];
        gradient.CopyToNchw(dz);
        for (var i = 0; i < z.Length; i++)
        {
            var (up, down) = ((float[])z.Clone(), (float[])z.Clone());
            (up[i], down[i]) = (z[i] + 1e-3f, z[i] - 1e-3f);
            Assert.Equal((Loss(up) - Loss(down)) / (up[i] - (double)down[i]), dz[i], 1e-6);
        }
    }

    [Fact]
    public void LossOptions_OfANetwork_CountInTrainingAloneAndAreChecked()
    {
        using var network = SmallNetwork.Create(Batch, KernelSchedule.Dense);
        var (images, labels) = (Samples.Gaussian(Batch * SmallNetwork.Input.Length), Samples.Labels(Batch, SmallNetwork.Classes));
        var (plain, evaluated) = (network.ComputeGradients(images, labels).Loss, network.Evaluate(images, labels).Loss);
        var last = network.Parameters[^1].Gradient.ToArray();
        network.Initialise();
        network.LossOptions = new LossOptions { LabelSmoothing = 0.5f };
        Assert.NotEqual(plain, network.ComputeGradients(images, labels).Loss);
        Assert.NotEqual(last, network.Parameters[^1].Gradient);
        network.Initialise();
        network.LossOptions = new LossOptions();
        Assert.Equal(plain, network.ComputeGradients(images, labels).Loss);
        network.LossOptions = new LossOptions { LabelSmoothing = 0.5f };
        Assert.Equal(evaluated, network.Evaluate(images, labels).Loss);
        Assert.Throws<ArgumentNullException>("value", () => network.LossOptions = null!);
        Assert.Throws<ArgumentOutOfRangeException>("LabelSmoothing", () => network.LossOptions = new() { LabelSmoothing = 1.5f });
        Assert.Throws<ArgumentException>("ClassWeights", () => network.LossOptions = new() { ClassWeights = [1, 2] });
        Assert.Throws<ArgumentException>("ClassWeights", () => network.LossOptions = new() { ClassWeights = [1, 2, 0, 1] });
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
