using SparseKernels.Training.Optimisation;
using SparseKernels.Training.Parameters;
using SparseKernels.Training.Randomness;
using SparseKernels.Training.Tests.Support;
using Xunit;

namespace SparseKernels.Training.Tests.Optimisation;

public class AdamWTests
{
    private const float Rate = 0.01f;

    [Theory]
    [InlineData(0f, false)]
    [InlineData(0.1f, false)]
    [InlineData(0.1f, true)]
    public void Step_TwentyTimes_FollowsPyTorchsFormula(float decay, bool amsGrad)
    {
        var (parameter, random) = Make([3, 7]);
        var w = parameter.Value.Select(v => (double)v).ToArray();
        var (m, v, largest) = (new double[w.Length], new double[w.Length], new double[w.Length]);
        var adam = new AdamW([parameter], new AdamWSettings(0.8f, 0.9f, 1e-3f, decay, amsGrad), threads: 2);
        for (var step = 1; step <= 20; step++)
        {
            // Gradients that get smaller tell the largest second moment from the present one.
            foreach (ref var g in parameter.Gradient.AsSpan()) g = random.NextGaussian() / step;
            for (var i = 0; i < w.Length; i++)
            {
                var g = (double)parameter.Gradient[i];
                w[i] *= 1 - (Rate * (double)decay);
                m[i] = (0.8f * m[i]) + ((1 - (double)0.8f) * g);
                v[i] = (0.9f * v[i]) + ((1 - (double)0.9f) * g * g);
                largest[i] = Math.Max(largest[i], v[i]);
                var root = Math.Sqrt((amsGrad ? largest[i] : v[i]) / (1 - Math.Pow(0.9f, step)));
                w[i] -= Rate * (m[i] / (1 - Math.Pow(0.8f, step))) / (root + 1e-3f);
            }

            adam.Step(Rate);
            for (var i = 0; i < w.Length; i++) Assert.Equal(w[i], parameter.Value[i], 1e-5);
        }

        Assert.Equal(20, adam.StepsTaken);
    }

    [Fact]
    public void Step_Masked_KeepsWeightsAndMomentsOutsideTheMaskZero()
    {
        var (parameter, random) = Make([20, 30, 1, 1]);
        var keep = new bool[parameter.Value.Length];
        foreach (ref var bit in keep.AsSpan()) bit = random.NextInt(2) == 0;
        parameter.Mask = SmallNetwork.MaskOf(parameter, keep);
        var adam = new AdamW([parameter], new AdamWSettings(AmsGrad: true), threads: 2);
        for (var step = 0; step < 3; step++)
        {
            foreach (ref var g in parameter.Gradient.AsSpan()) g = random.NextGaussian();
            adam.Step(Rate);
        }

        for (var i = 0; i < keep.Length; i++)
        {
            float[] kept = [parameter.Value[i], parameter.Momentum[i], parameter.SecondMoment![i], parameter.LargestSecondMoment![i]];
            if (keep[i]) Assert.DoesNotContain(0f, kept);
            else Assert.Equal([0, 0, 0, 0], kept.Select(BitConverter.SingleToInt32Bits));
        }
    }

    [Fact]
    public void Mask_SetLater_ClearsTheSecondMoments()
    {
        var (parameter, _) = Make([2, 2, 1, 1]);
        var adam = new AdamW([parameter], new AdamWSettings(AmsGrad: true), threads: 1);
        Array.Fill(parameter.Gradient, 1);
        adam.Step(Rate);
        parameter.Mask = SmallNetwork.MaskOf(parameter, [true, false, false, true]);
        Assert.All([parameter.SecondMoment!, parameter.LargestSecondMoment!], moment => Assert.Equal([true, false, false, true], moment.Select(v => v != 0)));
        var random = new RandomSource(2);
        parameter.Initialise(ref random);
        Assert.All([parameter.SecondMoment!, parameter.LargestSecondMoment!], moment => Assert.Equal([0, 0, 0, 0], moment));
    }

    [Fact]
    public void Step_ManyChunks_SameBitsForAnyThreads()
    {
        var results = new List<float[]>();
        foreach (var threads in new[] { 1, 3 })
        {
            var (parameter, random) = Make([100_003]);
            var adam = new AdamW([parameter], threads: threads);
            for (var step = 0; step < 3; step++)
            {
                foreach (ref var g in parameter.Gradient.AsSpan()) g = random.NextGaussian();
                adam.Step(Rate);
            }

            results.Add(parameter.Value);
        }

        Assert.Equal(results[0], results[1]);
        Assert.NotEqual(Make([100_003]).Parameter.Value[^1], results[0][^1]);
    }

    [Fact]
    public void Step_FactorsAndFrozen_AreEachParametersOwn()
    {
        foreach (var kind in Enum.GetValues<OptimiserKind>())
        {
            var parameters = Enumerable.Range(0, 4).Select(_ => Make([40]).Parameter).ToArray();
            parameters[1].RateFactor = 0.5f;
            parameters[2].Decays = false;
            parameters[3].IsFrozen = true;
            var before = parameters.Select(parameter => parameter.Value.ToArray()).ToArray();
            foreach (var parameter in parameters) Array.Fill(parameter.Gradient, 1);
            IOptimiser optimiser = kind == OptimiserKind.Sgd
                ? new Sgd(parameters, weightDecay: 0.5f, threads: 1)
                : new AdamW(parameters, new AdamWSettings(WeightDecay: 0.5f), threads: 1);
            var version = parameters[3].Version;
            optimiser.Step(0.1f);
            for (var i = 0; i < 40; i++)
            {
                var decay = 0.1f * 0.5f * before[0][i];
                Assert.Equal(before[0][i] - 0.1f - decay, parameters[0].Value[i], 1e-5f);
                Assert.Equal(before[1][i] - (0.5f * (0.1f + decay)), parameters[1].Value[i], 1e-5f);
                Assert.Equal(before[2][i] - 0.1f, parameters[2].Value[i], 1e-5f);
            }

            Assert.Equal(before[3], parameters[3].Value);
            Assert.Equal(new float[40], parameters[3].Momentum);
            Assert.Equal(version, parameters[3].Version);
        }
    }

    [Fact]
    public void Constructor_BadArguments_AreNamed()
    {
        Assert.Throws<ArgumentNullException>("parameters", () => new AdamW(null!));
        Assert.Throws<ArgumentOutOfRangeException>("Beta1", () => new AdamW([], new AdamWSettings(Beta1: 1)));
        Assert.Throws<ArgumentOutOfRangeException>("Beta2", () => new AdamW([], new AdamWSettings(Beta2: float.NaN)));
        Assert.Throws<ArgumentOutOfRangeException>("Epsilon", () => new AdamW([], new AdamWSettings(Epsilon: 0)));
        Assert.Throws<ArgumentOutOfRangeException>("WeightDecay", () => new AdamW([], new AdamWSettings(WeightDecay: -1)));
        Assert.Throws<ArgumentOutOfRangeException>("threads", () => new AdamW([], threads: 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => new AdamW([]).StepsTaken = -1);
        Assert.Throws<ArgumentOutOfRangeException>("rate", () => new AdamW([]).Step(float.NaN));
        Assert.Throws<ArgumentOutOfRangeException>("RateFactor", () => Make([1]).Parameter.RateFactor = -1);
    }

    private static (Parameter Parameter, RandomSource Random) Make(int[] shape)
    {
        var parameter = new Parameter("w", shape, Initialisation.FanInUniform(1));
        var random = new RandomSource(1);
        parameter.Initialise(ref random);
        return (parameter, random);
    }
}
