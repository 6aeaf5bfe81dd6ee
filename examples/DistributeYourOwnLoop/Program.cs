using System.Globalization;
using SparseKernels.Distributed;
using SparseKernels.Pruning;
using SparseKernels.Pruning.Strategies;
using SparseKernels.Training.Communication;
using SparseKernels.Training.Data;
using SparseKernels.Training.Distribution;
using SparseKernels.Training.Models;
using SparseKernels.Training.Pruning;
using SparseKernels.Training.Tensors;

// A training loop of one's own on several processes: mpirun -np 2 dotnet DistributeYourOwnLoop.dll; without mpirun it trains alone.
const int Batch = 64, Steps = 120;
CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
RankPlacement.Apply();
ICommunicator ranks = MpiCommunicator.IsLaunched ? MpiCommunicator.Join() : SingleProcess.Instance;

// Each rank makes its share of every batch, in the same order as one process would.
var shard = new Shard(ranks.Rank, ranks.Size);
var images = SyntheticDataSet.Create(DataSplit.Training, count: 4000, seed: 0);
using var batches = new BatchLoader(images, new BatchLoaderOptions
{
    BatchSize = Batch,
    Training = true,
    Normalisation = Normalisation.Measure(images),
    Shard = shard,
});

// The same seed gives the same first weights, and the same sums the same weights and masks after every step: nothing else is sent.
var size = new FeatureShape(images.Channels, images.Height, images.Width);
using var network = ModelCatalogue.Create("lenet", size, images.Classes, shard.LengthOf(Batch), seed: 1);
var unit = new PruningUnit(new GradualMagnitude(final: 0.95, begin: 20, end: 80, interval: 10));
using var sgd = new DistributedSgd(network, new PrunedSgd(network, unit), ranks) { Share = (double)shard.LengthOf(Batch) / Batch };

var before = sgd.Report;
for (var step = 1; step <= Steps; step++)
{
    var batch = batches.Next();
    network.Step(batch.Images.AsSpan(0, batch.Count * size.Length), batch.Labels.AsSpan(0, batch.Count), sgd, rate: 0.02f);
    if (step % 40 != 0) continue;
    if (ranks.Rank == 0)
        Console.WriteLine($"step {step}: loss {sgd.Result.Loss:F4}, {100 * unit.Report.Sparsity:F1} % pruned, {sgd.Report.Since(before).BytesPerStep:F0} bytes a step");
    before = sgd.Report;
}

(ranks as IDisposable)?.Dispose();
