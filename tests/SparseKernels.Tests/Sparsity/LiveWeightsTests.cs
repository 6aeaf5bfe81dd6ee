using SparseKernels.Sparsity;
using SparseKernels.TestSupport;
using Xunit;

namespace SparseKernels.Tests.Sparsity;

/// <summary>Every live weight of a pattern is an entry of its row, in the order of the columns, and nothing else is.</summary>
public sealed unsafe class LiveWeightsTests
{
    [Theory]
    [InlineData(1, 1, 1)]
    [InlineData(5, 7, 1)]
    [InlineData(3, 16, 2)]
    [InlineData(9, 5, 3)]
    public void FindAndTake_RowsOfAnyLength_HoldTheirLiveWeights(int k, int c, int taps)
    {
        var shape = new ConvolutionShape(1, c, taps, taps, k, taps, taps);
        using var live = new LiveWeights(shape);

        // Denser each time, so that the room has to grow, then sparser, so that old entries have to go.
        foreach (var density in (double[])[0, 0.1, 1, 0.5])
        {
            var w = RandomTensor.Floats(shape.WeightLength, seed: c, density);
            live.Find(WeightPattern.FromWeights(shape, w));
            fixed (float* plain = w) live.Take(plain);
            AssertHolds(w, k, live);
            var expanded = Enumerable.Repeat(float.NaN, w.Length).ToArray();
            fixed (float* plain = expanded) live.Expand(plain);
            Expect.SameBits(w, expanded, $"w at density {density}");
        }
    }

    /// <summary>Runs that cut rows anywhere, also several within one, are all there is.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    [InlineData(16)]
    [InlineData(64)]
    public void Take_RunAfterRun_AsAllAtOnce(int length)
    {
        var shape = new ConvolutionShape(1, 5, 3, 3, 9, 3, 3);
        var w = RandomTensor.Floats(shape.WeightLength, seed: 2, 0.4);
        using var live = new LiveWeights(shape);
        live.Find(WeightPattern.FromWeights(shape, w));
        fixed (float* plain = w)
        {
            for (var start = 0; start < w.Length; start += length)
            {
                var before = new Span<float>(live.Values, live.Count).ToArray();
                live.Take(plain + start, start, Math.Min(length, w.Length - start));
                var taken = Enumerable.Range(0, live.Count).Count(e => live.Values[e] != before[e]);
                Assert.Equal(w.Skip(start).Take(length).Count(value => value != 0), taken);
            }
        }

        AssertHolds(w, shape.K, live);
    }

    [Fact]
    public void Follow_PatternThatLosesAndGains_KeepsValuesAndAddsZeros()
    {
        var shape = new ConvolutionShape(1, 5, 3, 3, 9, 3, 3);
        var w = RandomTensor.Floats(shape.WeightLength, seed: 3, 0.4);
        using var live = new LiveWeights(shape);
        live.Find(WeightPattern.FromWeights(shape, w));
        fixed (float* plain = w) live.Take(plain);
        foreach (var density in (double[])[0.5, 0.1, 1, 0])
        {
            var pattern = WeightPattern.FromWeights(shape, RandomTensor.Floats(shape.WeightLength, seed: 4, density));
            live.Follow(pattern);
            using var expected = new LiveWeights(shape);
            expected.Find(pattern);
            pattern.Apply(w);
            fixed (float* plain = w) expected.Take(plain);
            Assert.Equal(pattern.Count, live.Count);
            Assert.Equal(pattern.Version, live.Version);
            Assert.Equal(new Span<int>(expected.Starts, shape.K + 1).ToArray(), new Span<int>(live.Starts, shape.K + 1).ToArray());
            Assert.Equal(new Span<int>(expected.Columns, expected.Count).ToArray(), new Span<int>(live.Columns, live.Count).ToArray());
            Expect.SameBits(new Span<float>(expected.Values, expected.Count).ToArray(), new Span<float>(live.Values, live.Count).ToArray(), $"density {density}");
        }
    }

    [Fact]
    public void Clear_EntriesAndOthers_ZeroesOneValueOrNone()
    {
        var shape = new ConvolutionShape(1, 5, 3, 3, 9, 3, 3);
        var w = RandomTensor.Floats(shape.WeightLength, seed: 5, 0.4);
        using var live = new LiveWeights(shape);
        live.Find(WeightPattern.FromWeights(shape, w));
        fixed (float* plain = w) live.Take(plain);
        foreach (var index in (int[])[0, 44, 45, 100, w.Length - 1, Array.FindIndex(w, value => value != 0), Array.FindLastIndex(w, value => value != 0)])
        {
            live.Clear(index);
            w[index] = 0;
            var expanded = new float[w.Length];
            fixed (float* plain = expanded) live.Expand(plain);
            Assert.Equal(w, expanded);
        }
    }

    [Fact]
    public void Take_LiveWeightThatIsZero_IsAnEntry()
    {
        var shape = new ConvolutionShape(1, 11, 1, 1, 2, 1, 1);
        var mask = new bool[22];
        (mask[3], mask[21]) = (true, true);
        var w = new float[22];
        (w[3], w[5], w[21]) = (0, 7, float.NaN);
        using var live = new LiveWeights(shape);
        live.Find(WeightPattern.FromMask(shape, mask));
        fixed (float* plain = w) live.Take(plain);
        Assert.Equal([0, 1, 2], new Span<int>(live.Starts, 3).ToArray());
        Assert.Equal([3, 10], new Span<int>(live.Columns, 2).ToArray());
        Assert.Equal([0, float.NaN], new Span<float>(live.Values, 2).ToArray());
    }

    private static void AssertHolds(float[] w, int rows, LiveWeights live)
    {
        var (entry, columns) = (0, w.Length / rows);
        for (var row = 0; row < rows; row++)
        {
            Assert.Equal(entry, live.Starts[row]);
            for (var column = 0; column < columns; column++)
            {
                if (w[row * columns + column] == 0) continue;
                Assert.Equal(column, live.Columns[entry]);
                Assert.Equal(w[row * columns + column], live.Values[entry++]);
            }
        }

        Assert.Equal(entry, live.Count);
        Assert.Equal(entry, live.Starts[rows]);
    }
}
