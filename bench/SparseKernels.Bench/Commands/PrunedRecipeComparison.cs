using SparseKernels.Bench.Learning;
using SparseKernels.Bench.Peer;
using SparseKernels.Bench.Reporting;
using SparseKernels.Isa;
using SparseKernels.Training;
using SparseKernels.Training.Pruning;

namespace SparseKernels.Bench.Commands;

/// <summary>
/// Trains and prunes a model in ours, and trains it dense in TorchSharp for as many epochs: the same start and recipe. Ours
/// holds validation images out while it prunes by them and counts their evaluations, the peer trains on all images. The two take turns, an
/// epoch each.
/// </summary>
internal sealed class PrunedRecipeComparison(RunSettings settings, RecipeTask task, int epochs, TrainingRecipe recipe, PruningSettings pruning)
{
    private readonly List<EpochReport> _reports = [];
    private readonly List<TimeSpan> _denseSteps = [];

    /// <summary>Runs the comparison.</summary>
    /// <param name="output">Where the table goes.</param>
    /// <exception cref="ArgumentException">
    /// The model doesn't take such images, a setting is out of range, or the data set is smaller than a batch.
    /// </exception>
    public void Run(TextWriter output)
    {
        var folder = Directory.CreateTempSubdirectory("sparsekernels-recipe").FullName;
        try
        {
            var obstacle = TorchLibrary.TryLoad(settings.Isa, settings.Threads);
            using var trainer = new Trainer(task.Options((settings.Batch, settings.Threads), recipe, epochs, pruning) with
            {
                CheckpointPath = Path.Combine(folder, "run.safetensors"),
                CheckpointInterval = TimeSpan.MaxValue,
            });
            using var torch = obstacle is null ? new TorchTrainer(trainer.Network, recipe) : null;
            using var peer = torch is null ? null : new LearningCurve(
                task.TrainingBatches(settings.Batch, recipe),
                (batch, rate) => torch.Step(batch.Images, batch.Labels, rate),
                batch => torch.Correct(batch.Images, batch.Labels, batch.Count));
            using var test = task.TestBatches(settings.Batch);
            var rates = recipe.Schedule((long)(task.Training.Count / settings.Batch) * epochs);
            Introduce(trainer, obstacle, output);
            trainer.Run(AddStep, report =>
            {
                peer?.TrainEpoch(rates.At);
                peer?.Evaluate(test);
                AddEpoch(report, peer, output);
            });
            Conclude(trainer, peer, folder, output);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private void Introduce(Trainer trainer, string? obstacle, TextWriter output)
    {
        ComparisonHead.Write(output, settings.Isa, obstacle, alone: "ours alone", peerIs: ", dense");
        output.WriteLine($"{task.Model}, epochs: {epochs}, batch: {settings.Batch}, threads: {settings.Threads}, seed: {recipe.Seed}; ours holds {trainer.ValidationImages} training images out while it prunes; seconds are of training steps, ours with validation and pruning");
        output.WriteLine($"pruning: {PruningSettingsJson.Write(pruning, indented: false)}");
        output.WriteLine();
        output.WriteLine($"{"epoch",5} {"accuracy",9} {"validation",10} {"sparsity",9} {"coarse",8} {"step ms",9} {"seconds",9}   {"peer",9} {"seconds",9}");
    }

    private void AddStep(StepReport step)
    {
        if (step.Pruning!.Sparsity == 0) _denseSteps.Add(step.Time);
    }

    private void AddEpoch(EpochReport report, LearningCurve? peer, TextWriter output)
    {
        _reports.Add(report);
        var status = report.Pruning!;
        output.WriteLine(
            $"{report.Epoch,5} {report.TestAccuracy,9:P2} {status.ValidationAccuracy,10:P2} {status.Sparsity,9:P1} {status.CoarseSparsity,8:P1} {report.StepTime.TotalMilliseconds,9:F1} {Seconds(_reports),9:F1}" +
            (peer is null ? "" : $"   {peer.Accuracy,9:P2} {peer.Seconds,9:F1}"));
        output.Flush();
    }

    private void Conclude(Trainer trainer, LearningCurve? peer, string folder, TextWriter output)
    {
        var (unit, report, last, seconds) = (trainer.PruningUnit!, trainer.PruningUnit!.Report, _reports[^1], Seconds(_reports));
        var start = _denseSteps.Count == 0 ? (double?)null : _denseSteps.Order().ElementAt(_denseSteps.Count / 2).TotalMilliseconds;
        var end = last.StepTime.TotalMilliseconds;
        var size = new FileInfo(Path.Combine(folder, "run.safetensors")).Length;
        var dense = trainer.Network.State.Sum(tensor => (long)tensor.Values.Length) * sizeof(float);
        var possible = report.Layers.Sum(layer => layer.PairsPossible);
        var row = new PrunedRecipeRow(
            task.Model, unit.State.Strategy, epochs, settings.Batch, settings.Threads, InstructionSet.NameOf(settings.Isa), recipe.Seed,
            last.TestAccuracy, peer?.Accuracy, report.Sparsity, report.CoarseShare, seconds, peer?.Seconds, seconds / peer?.Seconds,
            start, end, end / start, unit.PruningTime.TotalSeconds / seconds, _reports.Sum(epoch => epoch.ValidationTime.TotalSeconds) / seconds,
            possible == 0 ? null : (double)report.Layers.Sum(layer => layer.PairsCompared) / possible,
            (double)report.Traffic.Total / unit.StepsTaken, (double)report.Traffic.Total / report.SeparateTraffic.Total, size, (double)size / dense);
        output.WriteLine();
        foreach (var line in row.Lines()) output.WriteLine(line);
        if (settings.Json is not null) RatioJson.Write(settings.Json, [row]);
    }

    private static double Seconds(IEnumerable<EpochReport> epochs) =>
        epochs.Sum(epoch => (epoch.TrainingTime + epoch.ValidationTime).TotalSeconds);
}
