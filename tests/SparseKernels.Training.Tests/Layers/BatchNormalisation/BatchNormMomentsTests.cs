using SparseKernels.Tensors;
using SparseKernels.Threading;
using SparseKernels.Training.Layers;
using SparseKernels.Training.Layers.BatchNormalisation;
using SparseKernels.Training.Layers.Convolutions;
using SparseKernels.Training.Tensors;
using SparseKernels.Training.Tests.Support;
using SparseKernels.Training.Zeros;
using Xunit;

namespace SparseKernels.Training.Tests.Layers.BatchNormalisation;

/// <summary>A normalisation behind a convolution takes the sums that the convolution leaves, unless they have too few digits.</summary>
public static class BatchNormMomentsTests
{
    private const int Batch = 18;
    private static readonly FeatureShape s_input = new(5, 9, 7);

    [Theory]
    [InlineData(0, 0, true)]
    [InlineData(0.5f, 0, true)]

    // A pivot far from the mean, and a mean far from the pivot.
    [InlineData(1e4f, 0, false)]
    [InlineData(0, 1e4f, false)]
    [InlineData(float.NaN, 0, false)]
    public static void Forward_Training_IsThatOfASweep(float runningMean, float bias, bool takesSums)
    {
        var (y, read) = Run(asks: true, runningMean, bias);
        var (expected, readBySweep) = Run(asks: false, runningMean, bias);

        for (var i = 0; i < y.Length; i++) Assert.Equal(expected[i], y[i], 1e-4 * (1 + Math.Abs(expected[i])));
        Assert.Equal(takesSums ? readBySweep / 2 : readBySweep, read);
    }

    [Fact]
    public static void Backward_AfterSumsOfTheConvolution_IsThatOfASweep()
    {
        var (taken, swept) = (Gradients(asks: true), Gradients(asks: false));
        Assert.Equal(swept.Length, taken.Length);
        for (var i = 0; i < taken.Length; i++) Assert.Equal(swept[i], taken[i], 1e-4 * (1 + Math.Abs(swept[i])));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public static void Forward_NormalisationThatStandsStill_ConvolutionTakesNoSums(bool freezes)
    {
        var (conv, norm, workspace) = Build(asks: true, bias: 0);
        using (workspace)
        using (conv)
        using (norm)
        {
            Assert.NotNull(conv.OutputZeros.Moments);
            Stand(true);
            Assert.Null(conv.OutputZeros.Moments);
            Stand(false);
            Assert.NotNull(conv.OutputZeros.Moments);
        }

        void Stand(bool still)
        {
            if (!freezes) norm.InfersInTraining = still;
            else foreach (var parameter in norm.Parameters) parameter.IsFrozen = still;
        }
    }

    [Fact]
    public static void Build_InputOfALayerThatTakesNone_AsksForNone()
    {
        using var workspace = new Workspace(Batch, ComputeTopology.FromThreads(1), 1, layout: BlockedLayout.BatchBlocked);
        using var norm = new BatchNorm2d("bn", s_input.Channels);
        var zeros = ActivationZeros.Unknown(Batch, s_input);
        norm.Build(s_input, workspace, zeros);
        Assert.Null(zeros.Moments);
    }

    /// <summary>The normalised results and the running statistics, and the bytes that the normalisation read.</summary>
    private static (float[] Values, long Read) Run(bool asks, float runningMean, float bias)
    {
        var (conv, norm, workspace) = Build(asks, bias);
        using (workspace)
        using (conv)
        using (norm)
        {
            norm.Buffers[0].Values[1] = runningMean;
            using var x = Input(workspace);
            var y = norm.Forward(conv.Forward(x, training: true), training: true);
            var plain = new float[y.N * y.C * y.H * y.W];
            y.CopyToNchw(plain);
            return ([.. plain, .. norm.Buffers[0].Values.Where(float.IsFinite), .. norm.Buffers[1].Values], norm.Timing.Traffic(LayerPass.Forward).Read);
        }
    }

    private static float[] Gradients(bool asks)
    {
        var (conv, norm, workspace) = Build(asks, bias: 0);
        using (workspace)
        using (conv)
        using (norm)
        {
            using var x = Input(workspace);
            var y = norm.Forward(conv.Forward(x, training: true), training: true);
            var dy = workspace.Gradients.RentLike(y);
            dy.CopyFromNchw(Samples.Gaussian(y.N * y.C * y.H * y.W, seed: 9));
            var dx = conv.Backward(norm.Backward(dy, wantsInputGradient: true)!, wantsInputGradient: true)!;
            var plain = new float[dx.N * dx.C * dx.H * dx.W];
            dx.CopyToNchw(plain);
            return [.. plain, .. conv.Parameters[0].Gradients, .. norm.Parameters[0].Gradients, .. norm.Parameters[1].Gradients];
        }
    }

    private static (Conv2d Conv, BatchNorm2d Norm, Workspace Workspace) Build(bool asks, float bias)
    {
        var conv = new Conv2d("conv", s_input.Channels, 6, 3, padding: 1);
        var norm = new BatchNorm2d("bn", 6, relu: true);

        // Two clusters sweep apart, so that x of a sweep for the sums counts once more.
        var workspace = new Workspace(Batch, new ComputeTopology(2, 1), 1, layout: BlockedLayout.BatchBlocked, border: conv.Border);
        var output = conv.Build(s_input, workspace);
        norm.Build(output, workspace, asks ? conv.OutputZeros : null);
        Samples.Gaussian(conv.Parameters[0].Length, seed: 3).CopyTo(conv.Parameters[0].Value, 0);
        Array.Fill(conv.Parameters[1].Value, bias);
        foreach (var parameter in conv.Parameters) parameter.Touch();
        Array.Fill(norm.Parameters[0].Value, 1.5f);
        return (conv, norm, workspace);
    }

    private static BlockedTensor Input(Workspace workspace)
    {
        var x = workspace.CreateTensor(s_input);
        x.CopyFromNchw(Samples.Gaussian(Batch * s_input.Length));
        return x;
    }
}
