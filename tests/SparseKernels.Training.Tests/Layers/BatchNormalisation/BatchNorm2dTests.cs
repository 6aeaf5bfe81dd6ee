using SparseKernels.Tensors;
using SparseKernels.Threading;
using SparseKernels.Training.Layers;
using SparseKernels.Training.Layers.BatchNormalisation;
using SparseKernels.Training.Tensors;
using SparseKernels.Training.Tests.Support;
using Xunit;

namespace SparseKernels.Training.Tests.Layers.BatchNormalisation;

public class BatchNorm2dTests
{
    private const int Batch = 3;
    private static readonly FeatureShape s_input = new(19, 5, 7);

    [Theory]
    [InlineData(0, false)]
    [InlineData(0, true)]
    [InlineData(1000, false)]
    public void Forward_Training_NormalisesByBatchStatistics(float mean, bool relu)
    {
        var layer = new BatchNorm2d("bn", s_input.Channels, relu);
        using var probe = new LayerProbe(layer, s_input, Batch);
        var x = Samples.Gaussian(probe.InputLength);
        foreach (ref var value in x.AsSpan()) value += mean;
        SetParameters(layer);

        var y = probe.Forward(x);

        for (var c = 0; c < s_input.Channels; c++)
        {
            var (average, variance, count) = Statistics(x, c);
            foreach (var i in Channel(c))
            {
                var expected = ((x[i] - average) / Math.Sqrt(variance + 1e-5) * layer.Parameters[0].Value[c]) + layer.Parameters[1].Value[c];
                if (relu) expected = Math.Max(0, expected);
                Assert.Equal(expected, y[i], 1e-5 + (mean * 1e-6));
            }

            Assert.Equal(0.1 * average, layer.Buffers[0].Values[c], 1e-6 + (mean * 1e-7));
            Assert.Equal(0.9 + (0.1 * variance * count / (count - 1)), layer.Buffers[1].Values[c], 1e-5);
        }
    }

    [Fact]
    public void Forward_Inference_UsesRunningStatisticsAndKeepsThem()
    {
        var layer = new BatchNorm2d("bn", s_input.Channels);
        using var probe = new LayerProbe(layer, s_input, Batch);
        SetParameters(layer);
        for (var c = 0; c < s_input.Channels; c++) (layer.Buffers[0].Values[c], layer.Buffers[1].Values[c]) = (c - 3, 0.5f + c);
        var before = layer.Buffers.Select(buffer => (float[])buffer.Values.Clone()).ToArray();
        var x = Samples.Gaussian(probe.InputLength);

        var y = probe.Forward(x, training: false);

        for (var c = 0; c < s_input.Channels; c++)
        {
            foreach (var i in Channel(c))
            {
                var expected = ((x[i] - before[0][c]) / Math.Sqrt(before[1][c] + 1e-5) * layer.Parameters[0].Value[c]) + layer.Parameters[1].Value[c];
                Assert.Equal(expected, y[i], 1e-5 * (1 + Math.Abs(expected)));
            }
        }

        Assert.Equal(before[0], layer.Buffers[0].Values);
        Assert.Equal(before[1], layer.Buffers[1].Values);
    }

    [Fact]
    public void Backward_WithAddend_GivesBothGradients()
    {
        // The same sum built from a layer without ReLU, with the mask worked out here.
        var fused = new BatchNorm2d("bn", s_input.Channels, relu: true);
        var plain = new BatchNorm2d("bn", s_input.Channels);
        using var fusedWorkspace = new Workspace(Batch, ComputeTopology.FromThreads(2), 1);
        using var plainProbe = new LayerProbe(plain, s_input, Batch);
        using var x = new BlockedTensor(Batch, s_input.Channels, s_input.Height, s_input.Width);
        using var addend = new BlockedTensor(Batch, s_input.Channels, s_input.Height, s_input.Width);
        fused.Build([s_input, s_input], fusedWorkspace, [null, null]);
        SetParameters(fused);
        SetParameters(plain);
        var xs = Samples.TwoSided(Batch * s_input.Length);
        var addends = Samples.Gaussian(xs.Length, seed: 21);
        var dys = Samples.Gaussian(xs.Length, seed: 22);
        x.CopyFromNchw(xs);
        addend.CopyFromNchw(addends);

        var y = fused.Forward(x, addend, training: true);
        var dy = fusedWorkspace.Gradients.RentLike(y);
        dy.CopyFromNchw(dys);
        var dx = fused.BackwardWithAddend(dy);

        var expectedY = plainProbe.Forward(xs);
        for (var i = 0; i < expectedY.Length; i++) expectedY[i] = Math.Max(0, expectedY[i] + addends[i]);
        var masked = dys.Select((g, i) => expectedY[i] > 0 ? g : 0).ToArray();
        Assert.Equal(expectedY, Plain(y));
        Assert.Equal(masked, Plain(dy));
        Assert.Equal(plainProbe.Backward(masked), Plain(dx));
        Assert.Equal(plain.Parameters[0].Gradient, fused.Parameters[0].Gradient);
        Assert.Equal(plain.Parameters[1].Gradient, fused.Parameters[1].Gradient);
        fused.Dispose();
    }

    [Theory]
    [InlineData(false, false, BlockedLayout.ChannelBlocked)]
    [InlineData(true, false, BlockedLayout.ChannelBlocked)]
    [InlineData(false, true, BlockedLayout.BatchBlocked)]
    [InlineData(true, true, BlockedLayout.BatchBlocked)]
    [InlineData(true, false, BlockedLayout.BatchBlocked)]
    public void Backward_SecondGradient_IsThatOfTheSum(bool relu, bool adds, BlockedLayout layout)
    {
        var length = Batch * s_input.Length;
        var (one, other) = (Samples.Gaussian(length, seed: 5), Samples.Gaussian(length, seed: 6));
        var expected = Run([.. one.Zip(other, (a, b) => a + b)], second: null);
        Assert.Equal(expected, Run(one, other));

        float[] Run(float[] first, float[]? second)
        {
            using var layer = new BatchNorm2d("bn", s_input.Channels, relu);
            using var workspace = new Workspace(Batch, ComputeTopology.FromThreads(2), 1, layout: layout);
            layer.Build(adds ? [s_input, s_input] : [s_input], workspace, adds ? [null, null] : [null]);
            SetParameters(layer);
            using var x = Filled(Samples.TwoSided(length));
            using var addend = Filled(Samples.Gaussian(length, seed: 21));
            layer.Forward(adds ? [x, addend] : [x], training: true);
            var dy = Rented(first);
            var given = second is null ? null : Rented(second);
            layer.SecondGradient = given;
            var gradients = new BlockedTensor?[adds ? 2 : 1];
            layer.Backward(dy, adds ? [true, true] : [true], gradients);

            // It is back in the pool, or holds a result, and is not added once more.
            Assert.Null(layer.SecondGradient);
            if (given is not null && adds) Assert.Same(given, gradients[0]);
            else if (given is not null) Assert.Same(given, workspace.Gradients.RentLike(x));
            return [.. gradients.SelectMany(gradient => Plain(gradient!)), .. layer.Parameters[0].Gradient, .. layer.Parameters[1].Gradient];

            BlockedTensor Filled(float[] values)
            {
                var tensor = workspace.CreateTensor(s_input);
                tensor.CopyFromNchw(values);
                return tensor;
            }

            BlockedTensor Rented(float[] values)
            {
                var tensor = workspace.Gradients.RentLike(x);
                tensor.CopyFromNchw(values);
                return tensor;
            }
        }
    }

    [Theory]
    [InlineData(BlockedLayout.ChannelBlocked)]
    [InlineData(BlockedLayout.BatchBlocked)]
    public void ForwardAndBackward_SweepsInTurnsAndApart_GiveTheSameBits(BlockedLayout layout)
    {
        const int Images = 35;
        foreach (var pools in (bool[])[false, true])
        {
            // Of two clusters each has its own images, so there sweeps don't take turns.
            var expected = Run(new ComputeTopology(2, 1));
            foreach (var threads in (int[])[1, 2, 3]) Assert.Equal(expected, Run(new ComputeTopology(1, threads)));

            float[] Run(ComputeTopology topology)
            {
                using Layer layer = pools ? new PooledBatchNorm2d("bn", s_input.Channels) : new BatchNorm2d("bn", s_input.Channels, relu: true);
                using var workspace = new Workspace(Images, topology, 1, layout: layout);
                layer.Build(s_input, workspace);
                SetParameters(layer);
                using var x = workspace.CreateTensor(s_input);
                x.CopyFromNchw(Samples.Gaussian(Images * s_input.Length));
                var y = layer.Forward(x, training: true);
                var dy = workspace.Gradients.RentLike(y);
                dy.CopyFromNchw(Samples.Gaussian(dy.PlainLength, seed: 7));
                var plainY = Plain(y);
                var dx = layer.Backward(dy, wantsInputGradient: true)!;
                return [.. plainY, .. Plain(dx), .. layer.Parameters.SelectMany(parameter => parameter.Gradient), .. layer.Buffers.SelectMany(buffer => buffer.Values)];
            }
        }
    }

    [Fact]
    public void Backward_AfterInference_Throws()
    {
        var layer = new BatchNorm2d("bn", s_input.Channels);
        using var probe = new LayerProbe(layer, s_input, Batch);
        _ = probe.Forward(Samples.Gaussian(probe.InputLength), training: false);
        Assert.Throws<InvalidOperationException>(() => probe.Backward(Samples.Gaussian(probe.OutputLength)));
    }

    [Fact]
    public void Forward_TrainingOnOneValuePerChannel_Throws()
    {
        using var probe = new LayerProbe(new BatchNorm2d("bn", 3), new FeatureShape(3, 1, 1), batch: 1);
        Assert.Contains("bn", Assert.Throws<InvalidOperationException>(() => probe.Forward([1, 2, 3])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Build_OtherChannels_ThrowsNamingBoth()
    {
        var message = Assert.Throws<ArgumentException>(() => new LayerProbe(new BatchNorm2d("bn7", 4), s_input, Batch)).Message;
        Assert.Contains("bn7 takes 4", message, StringComparison.Ordinal);
        Assert.Contains("[19, 5, 7]", message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, 1e-5f, 0.1f, "channels")]
    [InlineData(1, 0f, 0.1f, "epsilon")]
    [InlineData(1, float.NaN, 0.1f, "epsilon")]
    [InlineData(1, 1e-5f, 0f, "momentum")]
    [InlineData(1, 1e-5f, 1.5f, "momentum")]
    public void Constructor_OutOfRange_NamesTheArgument(int channels, float epsilon, float momentum, string argument) =>
        Assert.Throws<ArgumentOutOfRangeException>(argument, () => new BatchNorm2d("bn", channels, false, epsilon, momentum));

    private static void SetParameters(Layer layer)
    {
        for (var c = 0; c < s_input.Channels; c++)
        {
            layer.Parameters[0].Value[c] = 0.5f + (0.1f * c);
            layer.Parameters[1].Value[c] = 0.2f - (0.05f * c);
        }
    }

    private static IEnumerable<int> Channel(int c)
    {
        var pixels = s_input.Height * s_input.Width;
        for (var n = 0; n < Batch; n++)
            for (var i = 0; i < pixels; i++) yield return (((n * s_input.Channels) + c) * pixels) + i;
    }

    private static (double Mean, double Variance, int Count) Statistics(float[] x, int c)
    {
        var values = Channel(c).Select(i => (double)x[i]).ToArray();
        var mean = values.Average();
        return (mean, values.Sum(v => (v - mean) * (v - mean)) / values.Length, values.Length);
    }

    private static float[] Plain(BlockedTensor tensor)
    {
        var plain = new float[tensor.PlainLength];
        tensor.CopyToNchw(plain);
        return plain;
    }
}
