using SparseKernels.Pruning;
using SparseKernels.Pruning.Strategies;
using SparseKernels.Sparsity;
using SparseKernels.TestSupport;
using SparseKernels.Training.Optimisation;
using SparseKernels.Training.Parameters;
using SparseKernels.Training.Randomness;
using Xunit;

namespace SparseKernels.Training.Tests.Pruning;

public class MaskedSgdTests
{
    /// <summary>The pruning unit's pass is <see cref="Sgd"/> followed by the mask, to the bit.</summary>
    [Theory]
    [InlineData(0f, 0f, false)]
    [InlineData(0.9f, 0f, false)]
    [InlineData(0f, 5e-4f, false)]
    [InlineData(0.9f, 5e-4f, false)]
    [InlineData(0.9f, 5e-4f, true)]
    public void Step_ManyTimes_HasTheBitsOfSgdFollowedByTheMask(float momentum, float decay, bool nesterov)
    {
        foreach (var pruned in new[] { 0, 3 })
        {
            foreach (var sizes in (int[][])[[17, 3, 3, 3], [65, 80, 3, 3], [10, 67]])
            {
                var (expected, actual) = (Make(sizes), Make(sizes));
                var unit = new PruningUnit(new OneShotMagnitude(0, 0), threads: 2);
                var layer = unit.Register("w", sizes, actual.Value, actual.Gradient, actual.Momentum);
                for (var i = 0; i < actual.Value.Length && pruned > 0; i += i % 64 < 32 ? 1 : pruned) layer.Prune(i);
                Mask(expected, layer.Mask);
                var sgd = new Sgd([expected], momentum, decay, nesterov, threads: 1);
                for (var step = 0; step < 4; step++)
                {
                    var random = new RandomSource(7, 0, (ulong)step);
                    for (var i = 0; i < expected.Gradient.Length; i++) expected.Gradient[i] = actual.Gradient[i] = random.NextGaussian();
                    sgd.Step(0.1f);
                    Mask(expected, layer.Mask);
                    unit.Step(new MaskedSgd(momentum, decay, nesterov), 0.1f);
                    Expect.SameBits(expected.Value, actual.Value, $"weights, step {step}");
                    Expect.SameBits(expected.Momentum, actual.Momentum, $"momentum, step {step}");
                }

                Assert.Equal(pruned == 0, layer.Sparsity == 0);
            }
        }
    }

    private static Parameter Make(int[] sizes)
    {
        var parameter = new Parameter("w", sizes, Initialisation.FanInUniform(1));
        var random = new RandomSource(1);
        parameter.Initialise(ref random);
        return parameter;
    }

    private static void Mask(Parameter parameter, WeightPattern mask)
    {
        for (var i = 0; i < parameter.Value.Length; i++)
        {
            if (!mask[i]) (parameter.Value[i], parameter.Momentum[i]) = (0, 0);
        }
    }
}
