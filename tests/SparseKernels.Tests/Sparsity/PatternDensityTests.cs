using SparseKernels.Sparsity;
using SparseKernels.Tests.Support;
using SparseKernels.TestSupport;
using Xunit;

namespace SparseKernels.Tests.Sparsity;

public static class PatternDensityTests
{
    [Fact]
    public static void Of_GeneratedWeights_IsWhatAPlainLoopCounts() =>
        GeneratedCases.Check(SparseConvolutionCase.Arbitrary(), 60, c =>
        {
            var w = c.Make().Dense.W;
            foreach (var forward in (bool[])[true, false])
            {
                // Groups of another size have no say.
                var pattern = WeightPattern.FromWeights(c.Shape, w, new CoarseGroup(8, InputChannels: 2));
                var (expected, actual) = (Count(c.Shape, w, forward), PatternDensity.Of(pattern, forward));
                Assert.True(expected == actual, $"{c.Shape}, {(forward ? "Forward" : "BackwardData")}: expected {expected}, got {actual}");
            }
        });

    private static OperandDensity Count(ConvolutionShape s, float[] w, bool forward)
    {
        var runs = new Dictionary<(int Group, int Block, int Channel, int R), bool>();
        var live = 0;
        for (var i = 0; i < w.Length; i++)
        {
            var (k, c, r) = (i / (s.GroupC * s.R * s.S), i / (s.R * s.S) % s.GroupC, i / s.S % s.R);
            var (outC, inC) = forward ? (k % s.GroupK, c) : (c, k % s.GroupK);
            var run = (k / s.GroupK, outC / 16, inC, r);
            runs[run] = runs.GetValueOrDefault(run) || w[i] != 0;
            live += w[i] != 0 ? 1 : 0;
        }

        return new((double)live / w.Length, (double)runs.Values.Count(alive => alive) / runs.Count);
    }
}
