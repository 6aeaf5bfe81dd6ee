using SparseKernels.Training;
using SparseKernels.Training.Data;
using SparseKernels.Training.Networks;

namespace PictureServer.Classifiers;

/// <summary>
/// What the server knows where no model is named: ten shapes, learnt within seconds from pictures made on the spot, so that a fresh clone has
/// something to serve.
/// </summary>
internal static class SmallNetwork
{
    private const int Pictures = 4000;
    private const int Batch = 50;

    /// <summary>The shapes.</summary>
    public static IReadOnlyList<string> ClassNames => SyntheticDataSet.ClassNames;

    /// <summary>What its images are normalised with.</summary>
    public static Normalisation Normalisation { get; } = new([0.5f, 0.5f, 0.5f], [0.25f, 0.25f, 0.25f]);

    /// <summary>Trains it.</summary>
    /// <returns>The network, to be disposed by the caller.</returns>
    public static Network Train()
    {
        var trainer = new Trainer(new TrainerOptions
        {
            TrainingData = SyntheticDataSet.Create(DataSplit.Training, Pictures),
            TestData = SyntheticDataSet.Create(DataSplit.Test, Batch),
            Normalisation = Normalisation,
            Model = "lenet",
            Epochs = 6,
            Batch = Batch,
        });
        trainer.Run();
        return trainer.Network; // Whoever disposes it frees all that the trainer holds without a checkpoint.
    }
}
