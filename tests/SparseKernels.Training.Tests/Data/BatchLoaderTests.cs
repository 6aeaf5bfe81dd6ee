using SparseKernels.Training.Data;
using SparseKernels.Training.Randomness;
using Xunit;

namespace SparseKernels.Training.Tests.Data;

public class BatchLoaderTests
{
    private static readonly Normalisation s_identity = new([0f], [1f]);

    [Fact]
    public void Next_TrainingEpoch_EveryImageOnceWithItsLabelAndRestDropped()
    {
        using var loader = new BatchLoader(new CountingDataSet(23), Options(batchSize: 5, training: true));
        Assert.Equal(4, loader.BatchesPerEpoch);
        for (var epoch = 0; epoch < 3; epoch++)
        {
            var seen = new HashSet<float>();
            for (var index = 0; index < 4; index++)
            {
                var batch = loader.Next();
                Assert.Equal((epoch, index, 5), (batch.Epoch, batch.Index, batch.Count));
                for (var i = 0; i < 5; i++)
                {
                    Assert.True(seen.Add(batch.Images[i * 4]));
                    Assert.Equal((int)batch.Images[i * 4] % 10, batch.Labels[i]);
                }
            }
        }
    }

    [Fact]
    public void Next_MoreBatchesThanTheImagesFill_GoesOnWithImagesInAnotherOrder()
    {
        using var plain = new BatchLoader(new CountingDataSet(20), Options(batchSize: 5, training: true));
        using var longer = new BatchLoader(new CountingDataSet(20), Options(batchSize: 5, training: true) with { BatchesPerEpoch = 9 });
        using var shorter = new BatchLoader(new CountingDataSet(20), Options(batchSize: 5, training: true) with { BatchesPerEpoch = 3 });
        using var later = new BatchLoader(
            new CountingDataSet(20), Options(batchSize: 5, training: true) with { BatchesPerEpoch = 9, FirstEpoch = 1, FirstBatch = 6 });
        Assert.Equal((4, 9, 3), (plain.BatchesPerEpoch, longer.BatchesPerEpoch, shorter.BatchesPerEpoch));
        for (var epoch = 0; epoch < 2; epoch++)
        {
            var (first, all) = (Take(plain, 4), Take(longer, 9));
            Assert.Equal(first, all[..20]);
            Assert.Equal(first.Order(), all[20..40].Order());
            Assert.NotEqual(first, all[20..40]);
            Assert.Equal(5, all[40..].Distinct().Count());
            Assert.Equal(first[..15], Take(shorter, 3));
            if (epoch == 1) Assert.Equal(all[30..], Take(later, 3));
        }

        static float[] Take(BatchLoader loader, int batches)
        {
            var images = new List<float>();
            for (var index = 0; index < batches; index++)
            {
                var batch = loader.Next();
                for (var i = 0; i < batch.Count; i++) images.Add(batch.Images[i * 4]);
            }

            return [.. images];
        }
    }

    [Fact]
    public void Next_Evaluation_FileOrderAndLastBatchPartial()
    {
        using var loader = new BatchLoader(new CountingDataSet(12), Options(batchSize: 5, training: false));
        Assert.Equal(3, loader.BatchesPerEpoch);
        for (var epoch = 0; epoch < 2; epoch++)
        {
            var images = new List<float>();
            for (var index = 0; index < 3; index++)
            {
                var batch = loader.Next();
                Assert.Equal(index == 2 ? 2 : 5, batch.Count);
                for (var i = 0; i < batch.Count; i++) images.Add(batch.Images[i * 4]);
            }

            Assert.Equal(Enumerable.Range(0, 12).Select(i => (float)i), images);
        }
    }

    [Fact]
    public void Next_EvaluationSmallerThanBatch_OnePartialBatch()
    {
        using var loader = new BatchLoader(new CountingDataSet(3), Options(batchSize: 8, training: false));
        Assert.Equal(3, loader.Next().Count);
        Assert.Equal(1, loader.Next().Epoch);
    }

    [Fact]
    public void Next_StartedInTheMiddle_SameBatchesAsFromTheStart()
    {
        var data = SyntheticDataSet.Create(DataSplit.Training, 20);
        var options = Options(batchSize: 4, training: true) with { Normalisation = Normalisation.Cifar10, Augmentation = Augmentation.CropAndFlip, Seed = 9 };
        using var whole = new BatchLoader(data, options);
        for (var i = 0; i < 8; i++) whole.Next();
        using var resumed = new BatchLoader(data, options with { FirstEpoch = 1, FirstBatch = 3, Prefetch = 4 });
        for (var i = 0; i < 9; i++)
        {
            var (expected, got) = (whole.Next(), resumed.Next());
            Assert.Equal((expected.Epoch, expected.Index), (got.Epoch, got.Index));
            Assert.Equal(expected.Labels, got.Labels);
            Assert.Equal(expected.Images, got.Images);
        }
    }

    [Fact]
    public void Next_OtherSeedOrEpoch_OtherOrder()
    {
        var data = new CountingDataSet(64);
        using var a = new BatchLoader(data, Options(batchSize: 64, training: true) with { Seed = 1 });
        using var b = new BatchLoader(data, Options(batchSize: 64, training: true) with { Seed = 2 });
        var first = a.Next().Images.ToArray();
        Assert.NotEqual(first, b.Next().Images);
        Assert.NotEqual(first, a.Next().Images);
    }

    [Fact]
    public void Next_BatchInHand_NotOverwrittenByPrefetch()
    {
        using var loader = new BatchLoader(new CountingDataSet(100), Options(batchSize: 1, training: false) with { Prefetch = 3 });
        for (var i = 0; i < 100; i++)
        {
            var batch = loader.Next();
            if (i % 10 == 0) Thread.Sleep(2);
            Assert.Equal(i, batch.Images[0]);
        }
    }

    [Fact]
    public void Next_DataSetThrows_ConsumerGetsItAfterTheGoodBatches()
    {
        using var loader = new BatchLoader(new CountingDataSet(20, failAt: 11), Options(batchSize: 5, training: false));
        Assert.Equal(0, loader.Next().Images[0]);
        Assert.Equal(5, loader.Next().Images[0]);
        Assert.Equal("image 11 is broken", Assert.Throws<InvalidDataException>(loader.Next).Message);
        Assert.Throws<InvalidDataException>(loader.Next);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(7)]
    public void Next_SeveralThreads_SameBatchesAsOne(int threads)
    {
        var data = SyntheticDataSet.Create(DataSplit.Training, 37);
        var options = Options(batchSize: 4, training: true) with { Normalisation = Normalisation.Cifar10, Augmentation = Augmentation.CropAndFlip, Seed = 3 };
        using var one = new BatchLoader(data, options);
        using var several = new BatchLoader(data, options with { Threads = threads });
        for (var i = 0; i < 60; i++)
        {
            var (expected, got) = (one.Next(), several.Next());
            Assert.Equal((expected.Epoch, expected.Index, expected.Count), (got.Epoch, got.Index, got.Count));
            Assert.Equal(expected.Labels, got.Labels);
            Assert.Equal(expected.Images, got.Images);
        }
    }

    [Fact]
    public void Next_SeveralThreadsAndSlowImages_WorkAtOnceOnOneBatch()
    {
        // The first image waits until the second is being made too: one thread alone would wait in vain.
        using var meeting = new Barrier(2);
        var calls = 0;
        var data = new CountingDataSet(4, meet: Meet);
        using var loader = new BatchLoader(data, Options(batchSize: 4, training: false) with { Threads = 2 });
        var batch = loader.Next();
        Assert.Equal([0f, 1f, 2f, 3f], Enumerable.Range(0, 4).Select(i => batch.Images[i * 4]));

        void Meet()
        {
            if (Interlocked.Increment(ref calls) <= 2) Assert.True(meeting.SignalAndWait(TimeSpan.FromSeconds(30)), "no second thread came");
        }
    }

    [Fact]
    public void Next_SeveralThreadsAndTwoBrokenImages_ThrowsForTheFirstInOrder()
    {
        for (var repetition = 0; repetition < 50; repetition++)
        {
            var data = new CountingDataSet(40, failAt: 11, failAlsoAt: 12);
            using var loader = new BatchLoader(data, Options(batchSize: 5, training: false) with { Threads = 4, Prefetch = 4 });
            Assert.Equal(0, loader.Next().Images[0]);
            Assert.Equal(5, loader.Next().Images[0]);
            Assert.Equal("image 11 is broken", Assert.Throws<InvalidDataException>(loader.Next).Message);
        }
    }

    [Fact]
    public void Next_DataThatAugmentsItself_DrawsForTrainingAlone()
    {
        using var training = new BatchLoader(new DrawnDataSet(), Options(batchSize: 8, training: true) with { Seed = 5 });
        using var again = new BatchLoader(new DrawnDataSet(), Options(batchSize: 8, training: true) with { Seed = 5, FirstEpoch = 1, Threads = 3 });
        using var evaluation = new BatchLoader(new DrawnDataSet(), Options(batchSize: 8, training: false) with { Seed = 5 });
        var first = training.Next().Images.ToArray();
        var second = training.Next().Images.ToArray();
        Assert.Equal(8, first.Distinct().Count());
        Assert.Empty(first.Intersect(second));
        Assert.Equal(second, again.Next().Images);
        Assert.All(evaluation.Next().Images, value => Assert.Equal(-1, value));
    }

    [Fact]
    public void Waits_SourceThatIsBehind_CountsEachCallThatHadToWaitOnce()
    {
        using var made = new SemaphoreSlim(0);
        using var loader = new BatchLoader(
            new CountingDataSet(20, meet: () => made.Wait(TestContext.Current.CancellationToken)), Options(batchSize: 5, training: true) with { Threads = 1, Prefetch = 1 });
        for (var call = 1; call <= 2; call++)
        {
            var caller = new Thread(() => loader.Next());
            caller.Start();
            Assert.True(SpinWait.SpinUntil(() => loader.Waits == call, TimeSpan.FromSeconds(30)));
            made.Release(5);
            caller.Join();
        }

        Assert.Equal(2, loader.Waits);
        made.Release(1000);
    }

    [Fact]
    public void Waits_SourceThatIsAhead_CountsNothing()
    {
        var copied = 0;
        using var loader = new BatchLoader(
            new CountingDataSet(20, meet: () => Interlocked.Increment(ref copied)), Options(batchSize: 5, training: true) with { Threads = 1, Prefetch = 3 });
        for (var batch = 1; batch <= 4; batch++)
        {
            // A thread that has begun an image of the next batch has finished this one's.
            Assert.True(SpinWait.SpinUntil(() => Volatile.Read(ref copied) > 5 * batch, TimeSpan.FromSeconds(30)));
            loader.Next();
        }

        Assert.Equal(0, loader.Waits);
    }

    [Fact]
    public void Dispose_WhileFullAndTwice_EndsAndNextThrows()
    {
        var loader = new BatchLoader(new CountingDataSet(20), Options(batchSize: 5, training: true));
        loader.Next();
        loader.Dispose();
        loader.Dispose();
        Assert.Throws<ObjectDisposedException>(loader.Next);
    }

    [Fact]
    public void Constructor_BadOptions_ThrowsNamingTheOption()
    {
        var data = new CountingDataSet(20);
        var good = Options(batchSize: 5, training: true);
        Assert.Contains("BatchSize", Throws(data, good with { BatchSize = 0 }).Message);
        Assert.Contains("BatchSize", Throws(data, good with { BatchSize = 21 }).Message);
        Assert.Contains("BatchesPerEpoch must be 1 or more, got 0", Throws(data, good with { BatchesPerEpoch = 0 }).Message);
        Assert.Contains(
            "BatchesPerEpoch must be null where nothing is trained, got 2",
            Throws(data, good with { BatchesPerEpoch = 2, Training = false }).Message);
        Assert.Contains("Prefetch", Throws(data, good with { Prefetch = 0 }).Message);
        Assert.Contains("Threads must be from 1 to 256, got 0", Throws(data, good with { Threads = 0 }).Message);
        Assert.Contains("FirstEpoch", Throws(data, good with { FirstEpoch = -1 }).Message);
        Assert.Contains("FirstBatch", Throws(data, good with { FirstBatch = 4 }).Message);
        Assert.Throws<ArgumentException>("options", () => new BatchLoader(data, good with { Normalisation = Normalisation.Cifar10 }));
        Assert.Throws<ArgumentNullException>("data", () => new BatchLoader(null!, good));
    }

    private static ArgumentOutOfRangeException Throws(IDataSet data, BatchLoaderOptions options) =>
        Assert.Throws<ArgumentOutOfRangeException>("options", () => new BatchLoader(data, options));

    private static BatchLoaderOptions Options(int batchSize, bool training) =>
        new() { BatchSize = batchSize, Training = training, Normalisation = s_identity };

    /// <summary>Images of 1×2×2 whose every pixel is their index.</summary>
    private sealed class CountingDataSet(int count, int failAt = -1, int failAlsoAt = -1, Action? meet = null) : IDataSet
    {
        public string Name => "counting";

        public int Count => count;

        public int Channels => 1;

        public int Height => 2;

        public int Width => 2;

        public int Classes => 10;

        public int Label(int index) => index % 10;

        public void CopyImage(int index, Span<float> chw)
        {
            meet?.Invoke();
            if (index == failAt || index == failAlsoAt) throw new InvalidDataException($"image {index} is broken");
            chw.Fill(index);
        }
    }

    /// <summary>Images of a single pixel: what was drawn for training, −1 as they are.</summary>
    private sealed class DrawnDataSet : IDataSet
    {
        public string Name => "drawn";

        public int Count => 8;

        public int Channels => 1;

        public int Height => 1;

        public int Width => 1;

        public int Classes => 2;

        public int Label(int index) => 0;

        public void CopyImage(int index, Span<float> chw) => chw.Fill(-1);

        public void CopyTrainingImage(int index, Span<float> chw, ref RandomSource random) => chw.Fill(random.NextSingle());
    }
}
