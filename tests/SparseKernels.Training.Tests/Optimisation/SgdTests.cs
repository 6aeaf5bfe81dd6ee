using SparseKernels.Training.Optimisation;
using SparseKernels.Training.Parameters;
using SparseKernels.Training.Randomness;
using Xunit;

namespace SparseKernels.Training.Tests.Optimisation;

public class SgdTests
{
    [Theory]
    [InlineData(0f, 0f, false)]
    [InlineData(0.9f, 0f, false)]
    [InlineData(0.9f, 5e-4f, false)]
    [InlineData(0.9f, 5e-4f, true)]
    public void Step_ThreeTimes_FollowsPyTorchsFormula(float momentum, float decay, bool nesterov)
    {
        var parameter = new Parameter("w", [3, 7], Initialisation.FanInUniform(1));
        var random = new RandomSource(1);
        parameter.Initialise(ref random);
        var w = parameter.Value.Select(v => (double)v).ToArray();
        var buffer = new double[w.Length];
        var sgd = new Sgd([parameter], momentum, decay, nesterov, threads: 2);
        for (var step = 0; step < 3; step++)
        {
            foreach (ref var g in parameter.Gradient.AsSpan()) g = random.NextGaussian();
            for (var i = 0; i < w.Length; i++)
            {
                var g = parameter.Gradient[i] + (decay * w[i]);
                buffer[i] = step == 0 ? g : (momentum * buffer[i]) + g;
                w[i] -= 0.1 * (nesterov ? g + (momentum * buffer[i]) : momentum == 0 ? g : buffer[i]);
            }

            sgd.Step(0.1f);
            for (var i = 0; i < w.Length; i++) Assert.Equal(w[i], parameter.Value[i], 1e-5);
        }
    }

    [Fact]
    public void Step_ByHand_GivesKnownNumbers()
    {
        // PyTorch: v1 = 2 + 0.1·1 = 2.1, w1 = 1 − 0.5·(2.1 + 0.9·2.1) = −0.995; v2 = 0.9·2.1 + (2 − 0.0995) = 3.7905,
        // w2 = −0.995 − 0.5·(1.9005 + 0.9·3.7905) = −3.650975.
        var parameter = new Parameter("w", [1], Initialisation.Constant(1));
        var random = new RandomSource(1);
        parameter.Initialise(ref random);
        var sgd = new Sgd([parameter], 0.9f, 0.1f, nesterov: true, threads: 1);
        parameter.Gradient[0] = 2;
        sgd.Step(0.5f);
        Assert.Equal(-0.995f, parameter.Value[0], 1e-6f);
        sgd.Step(0.5f);
        Assert.Equal(-3.650975f, parameter.Value[0], 1e-5f);
        Assert.Equal(3.7905f, sgd.State[0].Values[0], 1e-5f);
    }

    [Fact]
    public void Step_ManyChunks_UpdatesEveryElementOnceForAnyThreads()
    {
        var results = new List<float[]>();
        foreach (var threads in new[] { 1, 3 })
        {
            var parameter = new Parameter("w", [100_003], Initialisation.Constant(1));
            var random = new RandomSource(1);
            parameter.Initialise(ref random);
            for (var i = 0; i < parameter.Gradient.Length; i++) parameter.Gradient[i] = i % 1000;
            new Sgd([parameter], momentum: 0, threads: threads).Step(0.001f);
            var worst = parameter.Value.Select((w, i) => Math.Abs(w - (1 - (0.001f * (i % 1000))))).Max();
            Assert.InRange(worst, 0, 1e-6f);
            results.Add(parameter.Value);
        }

        Assert.Equal(results[0], results[1]);
    }

    [Fact]
    public void Constructor_BadArguments_AreNamed()
    {
        Assert.Throws<ArgumentOutOfRangeException>("momentum", () => new Sgd([], momentum: 1));
        Assert.Throws<ArgumentOutOfRangeException>("momentum", () => new Sgd([], momentum: float.NaN));
        Assert.Throws<ArgumentOutOfRangeException>("weightDecay", () => new Sgd([], weightDecay: -1));
        Assert.Throws<ArgumentException>("nesterov", () => new Sgd([], momentum: 0, nesterov: true));
        Assert.Throws<ArgumentOutOfRangeException>("threads", () => new Sgd([], threads: 0));
        Assert.Throws<ArgumentOutOfRangeException>("rate", () => new Sgd([]).Step(float.PositiveInfinity));
    }
}
