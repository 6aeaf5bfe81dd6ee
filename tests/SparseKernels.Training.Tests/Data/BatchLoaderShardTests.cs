using SparseKernels.Training.Data;
using SparseKernels.Training.Randomness;
using SparseKernels.Training.Tests.Support;
using Xunit;

namespace SparseKernels.Training.Tests.Data;

public class BatchLoaderShardTests
{
    [Theory]
    [InlineData(2, 8)]
    [InlineData(3, 8)]
    [InlineData(8, 8)]
    public void Next_SharesOfABatch_TogetherTheWholeAndNothingDecodedTwice(int shares, int size)
    {
        var whole = new CountingDataSet(30);
        using var all = new BatchLoader(whole, Options(size, Shard.Whole));
        var sets = Enumerable.Range(0, shares).Select(_ => new CountingDataSet(30)).ToArray();
        var loaders = sets.Select((set, i) => new BatchLoader(set, Options(size, new Shard(i, shares)))).ToArray();
        try
        {
            // Three batches an epoch, two epochs.
            for (var i = 0; i < 6; i++)
            {
                var expected = all.Next();
                var parts = loaders.Select(loader => loader.Next()).ToArray();
                Assert.Equal(Images(expected), parts.SelectMany(Images));
                Assert.Equal(expected.Labels, parts.SelectMany(part => part.Labels.Take(part.Count)));
                Assert.All(parts, part => Assert.Equal(expected.Labels, part.LabelsOfAll));
                Assert.All(parts, part => Assert.InRange(part.Count, size / shares, (size + shares - 1) / shares));
            }
        }
        finally
        {
            foreach (var loader in loaders) loader.Dispose();
        }

        // One in hand and two made ahead: of other shares' images none.
        Assert.All(sets, set => Assert.InRange(set.Copies, 6 * (size / shares), 9 * ((size + shares - 1) / shares)));

        static float[] Images(ImageBatch batch) => batch.Images[..(batch.Count * 192)];
    }

    [Fact]
    public void BatchLoader_SharesThatDontFit_SaysSo()
    {
        var data = new ColourDataSet(30);
        foreach (var (shard, text) in new[] { (new Shard(0, 9), "of 1 to 8 shares"), (new Shard(2, 2), "from 0 to 1"), (new Shard(-1, 2), "from 0 to 1") })
            Assert.Contains(text, Assert.Throws<ArgumentOutOfRangeException>(() => new BatchLoader(data, Options(8, shard))).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => new BatchLoader(data, Options(8, new Shard(0, 2)) with { Training = false }));
    }

    [Fact]
    public void DropoutOf_EachRank_AStreamOfItsOwn()
    {
        Assert.Equal(RandomStreams.Dropout, RandomStreams.DropoutOf(0));
        Assert.Equal(100, Enumerable.Range(0, 100).Select(RandomStreams.DropoutOf).Distinct().Count());
        Assert.Throws<ArgumentOutOfRangeException>(() => RandomStreams.DropoutOf(-1));
    }

    private static BatchLoaderOptions Options(int size, Shard shard) => new()
    {
        BatchSize = size,
        Training = true,
        Normalisation = new Normalisation([0.5f, 0.5f, 0.5f], [0.3f, 0.3f, 0.3f]),
        Augmentation = Augmentation.CropAndFlip,
        Seed = 3,
        Shard = shard,
    };

    /// <summary>Counts the images that are made.</summary>
    private sealed class CountingDataSet(int count) : IDataSet
    {
        private readonly ColourDataSet _inner = new(count);
        private int _copies;

        public int Copies => _copies;

        public string Name => _inner.Name;

        public int Count => _inner.Count;

        public int Channels => _inner.Channels;

        public int Height => _inner.Height;

        public int Width => _inner.Width;

        public int Classes => _inner.Classes;

        public int Label(int index) => _inner.Label(index);

        public void CopyImage(int index, Span<float> chw)
        {
            Interlocked.Increment(ref _copies);
            _inner.CopyImage(index, chw);
        }
    }
}
