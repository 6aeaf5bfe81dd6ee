using SparseKernels.Training.Randomness;
using Xunit;

namespace SparseKernels.Training.Tests.Randomness;

public class RandomSourceTests
{
    [Fact]
    public void NextUInt64_SameKey_SameSequence()
    {
        var a = new RandomSource(7, 2, 3);
        var b = new RandomSource(7, 2, 3);
        for (var i = 0; i < 100; i++) Assert.Equal(a.NextUInt64(), b.NextUInt64());
    }

    [Fact]
    public void NextUInt64_NeighbouringKeys_AllDifferent()
    {
        var seen = new HashSet<ulong>();
        for (var key = 0UL; key < 8000; key++)
        {
            var (seed, stream, index) = (key / 400, key / 20 % 20, key % 20);
            Assert.True(seen.Add(new RandomSource(seed, stream, index).NextUInt64()), $"({seed}, {stream}, {index}) repeats another key");
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(10)]
    public void NextInt_ManyDraws_EveryValueEquallyOften(int max)
    {
        const int Draws = 30_000;
        var counts = new int[max];
        var random = new RandomSource(1);
        for (var i = 0; i < Draws; i++) counts[random.NextInt(max)]++;
        var expected = (double)Draws / max;
        var tolerance = (5 * Math.Sqrt(expected)) + (max == 1 ? 0 : 1);
        Assert.All(counts, count => Assert.InRange(count, expected - tolerance, expected + tolerance));
    }

    [Fact]
    public void NextInt_LargeRange_HasNoModuloBias()
    {
        // With a plain remainder of 32 bits, values under 2³⁰ would come up half as often again.
        const int Max = 3 << 29;
        const int Draws = 20_000;
        var random = new RandomSource(2);
        var low = 0;
        for (var i = 0; i < Draws; i++)
            if (random.NextInt(Max) < Max / 3) low++;
        Assert.InRange(low, (Draws / 3) - 350, (Draws / 3) + 350);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    public void NextInt_NoValues_Throws(int max)
    {
        var random = new RandomSource(1);
        Assert.Throws<ArgumentOutOfRangeException>("max", () => random.NextInt(max));
    }

    [Fact]
    public void NextSingle_ManyDraws_UniformInUnitInterval()
    {
        const int Draws = 50_000;
        var random = new RandomSource(3);
        double sum = 0, squares = 0;
        for (var i = 0; i < Draws; i++)
        {
            var value = random.NextSingle();
            Assert.InRange(value, 0f, 0.99999994f);
            sum += value;
            squares += value * (double)value;
        }

        Assert.Equal(0.5, sum / Draws, 0.01);
        Assert.Equal(1.0 / 3, squares / Draws, 0.01);
    }

    [Fact]
    public void NextGaussian_ManyDraws_StandardMoments()
    {
        const int Draws = 100_000;
        var random = new RandomSource(4);
        double sum = 0, squares = 0, fourth = 0;
        for (var i = 0; i < Draws; i++)
        {
            double value = random.NextGaussian();
            sum += value;
            squares += value * value;
            fourth += value * value * value * value;
        }

        Assert.Equal(0, sum / Draws, 0.02);
        Assert.Equal(1, squares / Draws, 0.03);
        Assert.Equal(3, fourth / Draws, 0.2);
    }

    [Fact]
    public void Shuffle_ThreeItems_EveryOrderEquallyOften()
    {
        const int Draws = 12_000;
        var counts = new Dictionary<(int, int, int), int>();
        var random = new RandomSource(5);
        for (var i = 0; i < Draws; i++)
        {
            int[] items = [0, 1, 2];
            random.Shuffle(items);
            var order = (items[0], items[1], items[2]);
            counts[order] = counts.GetValueOrDefault(order) + 1;
        }

        Assert.Equal(6, counts.Count);
        Assert.All(counts.Values, count => Assert.InRange(count, 1800, 2200));
    }
}
