using SparseKernels.Packing;
using SparseKernels.TestSupport;
using Xunit;

namespace SparseKernels.Tests.Packing;

public sealed unsafe class NonZeroEntriesTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(0.1)]
    [InlineData(0.5)]
    [InlineData(1)]
    public void AppendRun_AnyLength_ListsTheNonZerosInOrder(double density)
    {
        const int Before = 3;
        for (var length = 0; length <= 70; length++)
        {
            var from = RandomTensor.Floats(length, seed: length + 1, density);
            var fromOffsets = Enumerable.Range(0, length).Select(i => 1000 - 7 * i).ToArray();
            var (values, offsets) = (new float[Before + length + NonZeroEntries.Slack], new int[Before + length + NonZeroEntries.Slack]);
            values.AsSpan().Fill(float.NaN);
            int count;
            fixed (float* source = from, listed = values)
            fixed (int* sourceOffsets = fromOffsets, listedOffsets = offsets)
                count = NonZeroEntries.AppendRun(source, sourceOffsets, length, listedOffsets, listed, Before);

            var expected = Enumerable.Range(0, length).Where(i => from[i] != 0).ToArray();
            Assert.Equal(Before + expected.Length, count);
            Assert.Equal(expected.Select(i => from[i]), values[Before..count]);
            Assert.Equal(expected.Select(i => fromOffsets[i]), offsets[Before..count]);
            Assert.All(values[..Before], value => Assert.True(float.IsNaN(value), "what the list held before must stay"));
        }
    }

    [Fact]
    public void AppendRun_NegativeZeroAndNaN_AreZeroAndNonZero()
    {
        const int Length = 19;
        var from = new float[Length];
        from.AsSpan().Fill(-0f);
        (from[2], from[9], from[18]) = (float.NaN, float.NegativeInfinity, float.Epsilon);
        var fromOffsets = Enumerable.Range(0, Length).ToArray();
        var (values, offsets) = (new float[Length + NonZeroEntries.Slack], new int[Length + NonZeroEntries.Slack]);
        fixed (float* source = from, listed = values)
        fixed (int* sourceOffsets = fromOffsets, listedOffsets = offsets)
            Assert.Equal(3, NonZeroEntries.AppendRun(source, sourceOffsets, Length, listedOffsets, listed, 0));
        Assert.Equal([2, 9, 18], offsets[..3]);
        Assert.Equal([float.NaN, float.NegativeInfinity, float.Epsilon], values[..3]);
    }
}
