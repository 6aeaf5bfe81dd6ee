using SparseKernels.Bench.Learning;
using SparseKernels.Bench.Peer;
using SparseKernels.Isa;
using Xunit;

namespace SparseKernels.Bench.Tests.Peer;

public sealed class TorchTrainerTests
{
    [Fact]
    public void Step_MaskedStart_KeepsTheMaskedWeightsOutOfWhatItPredicts()
    {
        Assert.SkipWhen(TorchLibrary.TryLoadExact(InstructionSet.Current, threads: 1) is not null, "libtorch can't load here");
        var recipe = new TrainingRecipe();
        using var ours = new OwnTrainer("lenet", (8, 1), recipe, KernelSchedule.Dense);
        RandomMasks.Apply(ours.Network, 0.9);
        using var peer = new TorchTrainer(ours.Network, recipe);
        var batch = new RandomBatch(ours.Network.Input, 8, OwnTrainer.Classes);
        for (var step = 0; step < 3; step++)
        {
            peer.Step(batch.Images, batch.Labels, 0.01f);
            ours.Step(batch.Images, batch.Labels, 0.01f);
        }

        peer.Trains = false;
        var (logits, expected) = (peer.Predict(batch.Images, 8), new float[8 * OwnTrainer.Classes]);
        ours.Network.Predict(batch.Images, expected);
        for (var i = 0; i < logits.Length; i++) Assert.Equal(expected[i], logits[i], 1e-3f);
    }

    [Fact]
    public void CopyState_AfterOursTrained_PredictsAsOurs()
    {
        Assert.SkipWhen(TorchLibrary.TryLoadExact(InstructionSet.Current, threads: 1) is not null, "libtorch can't load here");
        var recipe = new TrainingRecipe();
        using var ours = new OwnTrainer("resnet20", (8, 1), recipe, KernelSchedule.Dense);
        using var peer = new TorchTrainer(ours.Network, recipe);
        var batch = new RandomBatch(ours.Network.Input, 8, OwnTrainer.Classes);
        for (var step = 0; step < 3; step++) ours.Step(batch.Images, batch.Labels, 0.05f);
        peer.Trains = false;
        var expected = new float[8 * OwnTrainer.Classes];
        ours.Network.Predict(batch.Images, expected);
        float Apart(float[] logits) => logits.Zip(expected, (a, b) => Math.Abs(a - b)).Max();

        var before = Apart(peer.Predict(batch.Images, 8));
        peer.CopyState();

        Assert.True(before > 0.01f, $"{before}");
        Assert.InRange(Apart(peer.Predict(batch.Images, 8)), 0, 1e-3f);
    }

    [Fact]
    public void ReadState_BeforeAndAfterAStep_IsOursAndThenItsOwn()
    {
        Assert.SkipWhen(TorchLibrary.TryLoadExact(InstructionSet.Current, threads: 1) is not null, "libtorch can't load here");
        var recipe = new TrainingRecipe();
        using var ours = new OwnTrainer("resnet20", (8, 1), recipe, KernelSchedule.Dense);
        using var peer = new TorchTrainer(ours.Network, recipe);
        var batch = new RandomBatch(ours.Network.Input, 8, OwnTrainer.Classes);
        var before = peer.ReadState();
        peer.Step(batch.Images, batch.Labels, 0.05f);
        var after = peer.ReadState();

        Assert.Equal(ours.ReadState(), before);
        for (var i = 0; i < after.Length; i++) Assert.False(after[i].SequenceEqual(before[i]), ours.Network.State[i].Name);
    }
}
