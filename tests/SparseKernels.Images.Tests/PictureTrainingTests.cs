using SparseKernels.Images.Tests.Support;
using SparseKernels.TestSupport;
using SparseKernels.Threading;
using SparseKernels.Training;
using SparseKernels.Training.Checkpoints;
using SparseKernels.Training.Data;
using Xunit;

namespace SparseKernels.Images.Tests;

[Collection(SoloCollection.Name)]
public class PictureTrainingTests
{
    [Fact]
    public void Run_StoppedWithinAnEpochAndResumedWithOtherThreadsAndCache_SameBits()
    {
        using var folder = Photographs.Folder(12, "cats", "dogs", "owls");
        using var output = new TemporaryFolder();
        using var whole = new Trainer(Options(folder, output.File("whole.safetensors"), threads: 1, cache: long.MaxValue));
        Assert.True(whole.Run(cancellation: TestContext.Current.CancellationToken));

        var path = output.File("parts.safetensors");
        using (var stop = new CancellationTokenSource())
        {
            using var first = new Trainer(Options(folder, path, threads: 3, cache: 0));
            Assert.False(first.Run(step => { if (step.Step == 5) stop.Cancel(); }, cancellation: stop.Token));
            Assert.Equal((1, 1), (first.Progress.Epoch, first.Progress.Batch));
        }

        using var rest = new Trainer(Options(folder, path, threads: 2, cache: 50_000) with { Resume = true });
        Assert.True(rest.Run(cancellation: TestContext.Current.CancellationToken));
        foreach (var (expected, got) in whole.Network.State.Zip(rest.Network.State)) Assert.Equal(expected.Values, got.Values);
        Assert.Equal(["cats", "dogs", "owls"], Checkpoint.Load(path).ClassNames);
        Assert.Equal(["cats", "dogs", "owls"], WeightsFile.Read(path).ClassNames);
        Assert.Equal("24", Checkpoint.Load(path).Settings["images.size"]);
    }

    [Fact]
    public void Run_ClassesOfDifferentColours_AreLearnt()
    {
        using var folder = Photographs.Folder(20, "cats", "dogs", "owls");
        using var trainer = new Trainer(Options(folder, null, threads: 2, cache: null) with { Epochs = 8 });
        var accuracies = new List<double>();
        Assert.True(trainer.Run(onEpoch: epoch => accuracies.Add(epoch.TestAccuracy), cancellation: TestContext.Current.CancellationToken));
        Assert.True(accuracies[^1] > 0.9, $"test accuracies {string.Join(", ", accuracies)}");
    }

    [Fact]
    public void Next_CachedPictures_AllocatesNothingAfterWarmUp()
    {
        using var folder = Photographs.Folder(8, "cats", "dogs");
        var jitter = new PictureAugmentation { Brightness = 0.2f, Contrast = 0.2f, Saturation = 0.2f, Hue = 0.1f };
        var data = PictureFolder.Load(folder.Path, DataSplit.Training, new PictureFolderOptions { ImageSize = 24, Augmentation = jitter });
        using var loader = new BatchLoader(
            data, new BatchLoaderOptions { BatchSize = 4, Training = true, Normalisation = PictureFolder.ImageNet, Threads = 2 });
        for (var i = 0; i < 100; i++) loader.Next();
        Assert.Equal(0, Allocations.Least(() =>
        {
            for (var i = 0; i < 12; i++) loader.Next();
        }));
    }

    private static TrainerOptions Options(TemporaryFolder folder, string? path, int threads, long? cache)
    {
        var pictures = new PictureFolderOptions { ImageSize = 24, CacheBytes = cache, Augmentation = new PictureAugmentation { Hue = 0.02f, Brightness = 0.2f } };
        return new TrainerOptions
        {
            TrainingData = PictureFolder.Load(folder.Path, DataSplit.Training, pictures),
            TestData = PictureFolder.Load(folder.Path, DataSplit.Test, pictures),
            Normalisation = PictureFolder.ImageNet,
            Model = "lenet",
            Epochs = 2,
            Batch = 7,
            Topology = ComputeTopology.FromThreads(1),
            DataThreads = threads,
            Schedule = KernelSchedule.Reproducible,
            CheckpointPath = path,
        };
    }
}
