using SparseKernels.Sparsity;
using SparseKernels.Tensors;
using SparseKernels.Threading;
using SparseKernels.Training;
using SparseKernels.Training.Data;
using SparseKernels.Training.Pruning;

namespace SparseKernels.Bench.Endurance;

/// <summary>What a long-lived process does over and over: trains anew, and runs convolutions of ever other sizes.</summary>
internal sealed class EnduranceLoad
{
    private const int Batch = 32;

    private readonly SyntheticDataSet _training = SyntheticDataSet.Create(DataSplit.Training, 8 * Batch);
    private readonly SyntheticDataSet _test = SyntheticDataSet.Create(DataSplit.Test, 2 * Batch);
    private readonly Normalisation _normalisation = Normalisation.Cifar10;
    private readonly Random _random = new(1);
    private readonly string _folder;
    private readonly int _threads;

    /// <param name="folder">For checkpoints.</param>
    /// <param name="threads">Threads.</param>
    public EnduranceLoad(string folder, int threads) => (_folder, _threads) = (folder, threads);

    /// <summary>Epochs trained.</summary>
    public int Epochs { get; private set; }

    /// <summary>Plans made and disposed.</summary>
    public int Plans { get; private set; }

    /// <summary>A new run of two epochs, every second one pruned, with checkpoints; then small networks of other sizes.</summary>
    public void Round()
    {
        Train();
        for (var i = 0; i < 40; i++) Infer();
    }

    private void Train()
    {
        using var trainer = new Trainer(new TrainerOptions
        {
            TrainingData = _training,
            TestData = _test,
            Normalisation = _normalisation,
            Augmentation = Augmentation.CropAndFlip,
            Model = "lenet",
            Epochs = 2,
            Batch = Batch,
            Seed = (ulong)Epochs,
            Topology = ComputeTopology.FromThreads(_threads),
            CheckpointPath = Path.Combine(_folder, "endurance.safetensors"),
            Pruning = Epochs % 4 == 0 ? null : new PruningSettings { Strategy = PruningStrategyKind.Gradual }.ToOptions(),
        });
        trainer.Run();
        for (var count = 1; count <= Batch; count += 5)
            trainer.Network.Evaluate(new float[count * trainer.Network.Input.Length], new int[count]);
        Epochs += 2;
    }

    private void Infer()
    {
        var (n, h, w) = (_random.Next(1, 9), _random.Next(5, 40), _random.Next(5, 40));
        var shape = new ConvolutionShape(n, 24, h, w, 32, 3, 3, padding: 1);
        using var plan = new ConvolutionPlan(
            shape, new ConvolutionOptions { Topology = ComputeTopology.FromThreads(_threads), Schedule = KernelSchedule.Automatic });
        using BlockedTensor x = plan.CreateInput(), y = plan.CreateOutput(), dx = plan.CreateInput();
        using var packed = plan.CreatePackedWeights();
        var weights = new float[shape.WeightLength];
        for (var i = 0; i < weights.Length; i += 3) weights[i] = _random.NextSingle();
        packed.Update(weights);
        x.AsSpan().Fill(1);
        for (var repeat = 0; repeat < 3; repeat++) plan.Forward(x, packed, [], y);
        plan.Forward(x, packed, [], y, new SparseOperands(new OperandPair(Operand.Input, Operand.Weight)));
        plan.BackwardData(y, packed, dx);
        plan.BackwardWeights(x, y, weights, []);
        Plans++;
    }
}
