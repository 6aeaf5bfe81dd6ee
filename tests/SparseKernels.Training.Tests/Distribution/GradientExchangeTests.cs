using SparseKernels.Sparsity;
using SparseKernels.TestSupport;
using SparseKernels.Training.Communication;
using SparseKernels.Training.Distribution;
using SparseKernels.Training.Tests.Support;
using Xunit;

namespace SparseKernels.Training.Tests.Distribution;

public class GradientExchangeTests
{
    [Theory]
    [InlineData(1, false)]
    [InlineData(2, false)]
    [InlineData(2, true)]
    [InlineData(3, true)]
    public void Complete_MaskedAndWhole_SumsOfSurvivorsAndNothingElse(int ranks, bool overlaps)
    {
        // 3·5·3·3 = 135 weights: two whole words of the bitmap and a part.
        var shape = new ConvolutionShape(1, 5, 8, 8, 3, 3, 3);
        var keep = Enumerable.Range(0, 135).Select(i => i % 7 == 0 || i > 130).ToArray();
        var mask = WeightPattern.FromMask(shape, keep);
        ThreadRanks.Run(ranks, communicator =>
        {
            using var exchange = new GradientExchange(communicator, messageLength: 20) { Overlaps = overlaps };
            for (var step = 0; step < 3; step++)
            {
                var masked = Values(135, communicator.Rank);
                var whole = Values(18, communicator.Rank + 10);
                float[] extras = [1, communicator.Rank];
                exchange.Begin(0.5);
                exchange.Add(masked, mask);
                exchange.Add(whole);
                exchange.Complete(extras);
                for (var i = 0; i < 135; i++) Assert.Equal(keep[i] ? Mean(ranks, r => Values(135, r)[i]) : Values(135, communicator.Rank)[i], masked[i]);
                for (var i = 0; i < 18; i++) Assert.Equal(Mean(ranks, r => Values(18, r + 10)[i]), whole[i]);
                Assert.Equal([ranks, ranks * (ranks - 1) / 2f], extras);
            }

            Assert.Equal((3L, 3L * sizeof(float) * (mask.Count + 18 + 2)), (exchange.Report.Steps, exchange.Report.Bytes));
        });

        static float Mean(int ranks, Func<int, float> of) => Enumerable.Range(0, ranks).Sum(rank => of(rank) * 0.5f);
    }

    [Theory]
    [InlineData(false, 5)]
    [InlineData(true, 5)]
    [InlineData(false, 300_000)]
    public void Complete_TensorsOfSeveralMessages_EveryElementOnce(bool overlaps, int extraLength)
    {
        // A megabyte holds 262,144 values: tensors begin and end within messages, and a mask is cut between its words.
        var shape = new ConvolutionShape(1, 700, 3, 3, 101, 3, 3);
        var keep = Enumerable.Range(0, shape.WeightLength).Select(i => i % 3 != 0 && i / 5000 % 4 != 1).ToArray();
        var mask = WeightPattern.FromMask(shape, keep);
        ThreadRanks.Run(2, communicator =>
        {
            using var exchange = new GradientExchange(communicator) { Overlaps = overlaps };
            for (var step = 0; step < 2; step++)
            {
                float[] first = Values(100_003, communicator.Rank), masked = Values(shape.WeightLength, communicator.Rank + 5), last = Values(600_001, communicator.Rank + 10);
                var extras = Values(extraLength, communicator.Rank + 20);
                exchange.Begin(0.5);
                exchange.Add(first);
                exchange.Add(masked, mask);
                exchange.Add(last);
                exchange.Complete(extras);
                Expect.Equal(Sums(100_003, 0, 0.5f), first, "first");
                Expect.Equal(
                    [.. Sums(shape.WeightLength, 5, 0.5f).Zip(Values(shape.WeightLength, communicator.Rank + 5)).Select((pair, i) => keep[i] ? pair.First : pair.Second)],
                    masked, "masked");
                Expect.Equal(Sums(600_001, 10, 0.5f), last, "last");
                Expect.Equal(Sums(extraLength, 20, 1), extras, "extras");
            }

            Assert.Equal(2L * sizeof(float) * (100_003 + mask.Count + 600_001 + extraLength), exchange.Report.Bytes);
        });

        static float[] Sums(int length, int seed, float share) => [.. Values(length, seed).Zip(Values(length, seed + 1), (a, b) => (a * share) + (b * share))];
    }

    [Fact]
    public void Add_WithoutBeginOrOtherMask_SaysSo()
    {
        using var exchange = new GradientExchange(SingleProcess.Instance);
        Assert.Contains("call Begin", Assert.Throws<InvalidOperationException>(() => exchange.Add(new float[4])).Message, StringComparison.Ordinal);
        Assert.Contains("call Begin", Assert.Throws<InvalidOperationException>(() => exchange.Complete()).Message, StringComparison.Ordinal);
        exchange.Begin(1);
        Assert.Throws<InvalidOperationException>(() => exchange.Overlaps = true);
        var mask = WeightPattern.FromMask(new ConvolutionShape(1, 5, 8, 8, 3, 3, 3), new bool[135]);
        Assert.Contains("4 weights", Assert.Throws<ArgumentException>(() => exchange.Add(new float[4], mask)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Complete_SumThatFails_IsThrownToTheCaller()
    {
        var failures = ThreadRanks.Run(
            2,
            communicator =>
            {
                using var exchange = new GradientExchange(communicator, messageLength: 1) { Overlaps = true };
                exchange.Begin(1);
                exchange.Add(new float[communicator.Rank + 1]);
                exchange.Complete();
            },
            out _);
        Assert.Contains(failures, failure => failure is RankFailedException { InnerException: InvalidOperationException });
    }

    /// <summary>Whole numbers, whose sums are exact.</summary>
    private static float[] Values(int length, int seed) => [.. Enumerable.Range(0, length).Select(i => (float)(((i * 37) + (seed * 101)) % 64))];
}
