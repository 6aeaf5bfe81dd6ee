using SparseKernels.Bench.Learning;
using SparseKernels.Bench.Measuring;
using SparseKernels.Bench.Reporting;
using SparseKernels.Pruning;
using SparseKernels.Pruning.Strategies;
using SparseKernels.Training.Checkpoints;

namespace SparseKernels.Bench.Commands;

/// <summary>
/// Prunes one network from one state to one sparsity with several strengths of the balancer, on the same batches, and times a training step of
/// each in turns. What differs is where the zeros lie alone.
/// </summary>
internal sealed class BalanceComparison(RunSettings settings, string model, WeightsFile weights, BalanceSettings balance, string? dataFolder)
{
    /// <summary>Steps before the first pruning: all passes have run, so that times are predicted.</summary>
    private const int WarmUpSteps = 5;

    private const int MostBatches = 156;

    private readonly TrainingRecipe _recipe = new();

    /// <summary>A rate of the middle of a run, and one that leaves the network as it is.</summary>
    private float LearningRate => 0.5f * _recipe.PeakRate;

    private float TimingRate => 0.01f * _recipe.PeakRate;

    /// <summary>Runs the comparison.</summary>
    /// <param name="output">Where the tables go.</param>
    /// <exception cref="ArgumentException">The network is as sparse already, or the data set smaller than a batch.</exception>
    /// <exception cref="IOException">The folder of images or a file in it is missing or unreadable.</exception>
    /// <exception cref="InvalidDataException">The weights are another network's, or a file of images is damaged.</exception>
    public void Run(TextWriter output)
    {
        var trainers = new List<PrunedTrainer>();
        try
        {
            foreach (var strength in balance.Strengths)
                trainers.Add(new PrunedTrainer(model, weights, (settings.Batch, settings.Threads), _recipe, Options(strength)));
            Run(trainers, output);
        }
        finally
        {
            foreach (var trainer in trainers) trainer.Dispose();
        }
    }

    private AccuracyGatedOptions Options(float strength) => new()
    {
        BalanceStrength = strength,
        BalanceLimit = balance.Limit,
        SimilarityWork = 0,
        SimilarityRounds = 1,
    };

    private void Run(List<PrunedTrainer> trainers, TextWriter output)
    {
        var start = trainers[0].Report.Sparsity;
        if (start >= balance.Sparsity)
            throw new ArgumentException(FormattableString.Invariant($"--sparsity: expected more than the weights' own {start:F3}, got {balance.Sparsity}."));
        var batches = KeptBatches.Gather(
            trainers[0].Trainer.Network.Input, settings.Batch, Math.Min(MostBatches, WarmUpSteps + (balance.Periods * balance.Steps)), dataFolder, _recipe);
        output.WriteLine(MachineName.Describe());
        output.WriteLine(FormattableString.Invariant(
            $"{model}, N = {settings.Batch}, {settings.Threads} thread{(settings.Threads == 1 ? "" : "s")}, {batches.Source}: from {start:P1} to {balance.Sparsity:P1} zeros in {balance.Periods} period{(balance.Periods == 1 ? "" : "s")} of {balance.Steps} steps; factors up to {balance.Limit}"));
        var before = new List<PruningReport>();
        var losses = trainers.Select(trainer => Prune(trainer, batches, start, before)).ToArray();
        var rounds = new InterleavedTimer(TimeProvider.System).Measure(
            [.. trainers.Select(trainer => batches.Stepper(trainer.Step, TimingRate))], settings.Budget, () => { });
        var after = trainers.Select(trainer => trainer.Report).ToArray();
        WriteLayers(before, after, output);
        WriteSums(before, after, losses, rounds, output);
    }

    /// <summary>All periods, each with the steps behind it; the mean loss of the second half of the last.</summary>
    private double Prune(PrunedTrainer trainer, KeptBatches batches, double start, List<PruningReport> before)
    {
        var done = 0;
        for (; done < WarmUpSteps; done++) _ = Step(LearningRate);
        before.Add(trainer.Report);
        var losses = new List<double>();
        for (var period = 1; period <= balance.Periods; period++)
        {
            trainer.Begin(1 - ((1 - start) * Math.Pow((1 - balance.Sparsity) / (1 - start), (double)period / balance.Periods)));
            losses.Clear();
            for (var step = 0; step < balance.Steps; step++, done++)
            {
                losses.Add(Step(LearningRate));
                if (step == 0) trainer.OrderChannels();
            }
        }

        return losses.Skip(losses.Count / 2).Average();

        double Step(float rate)
        {
            var (images, labels) = batches[done];
            return trainer.Step(images, labels, rate);
        }
    }

    private void WriteLayers(List<PruningReport> before, PruningReport[] after, TextWriter output)
    {
        output.WriteLine();
        output.WriteLine("Most over mean of live weights per input channel, before and after with each strength:");
        output.WriteLine($"{"layer",-28} {"before",7}{string.Concat(balance.Strengths.Select(strength => FormattableString.Invariant($" {strength,7}")))}");
        for (var i = 0; i < before[0].Layers.Count; i++)
        {
            output.WriteLine(FormattableString.Invariant(
                $"{before[0].Layers[i].Name,-28} {before[0].Layers[i].InputImbalance,7:F2}{string.Concat(after.Select(report => FormattableString.Invariant($" {report.Layers[i].InputImbalance,7:F2}")))}"));
        }
    }

    private void WriteSums(List<PruningReport> before, PruningReport[] after, double[] losses, TimedRounds rounds, TextWriter output)
    {
        output.WriteLine();
        output.WriteLine($"{"strength",-8} {"zeros",7} {"coarse",7} {"inputs",13} {"cores",13} {"loss",7} {"step ms",9} {"of first",8} {"layers ms",10} {"even ms",9}");
        for (var i = 0; i < after.Length; i++)
        {
            var (first, last) = (before[i], after[i]);
            output.Write(FormattableString.Invariant($"{balance.Strengths[i],-8} {last.Sparsity,7:P1} {last.CoarseShare,7:P1} "));
            output.Write(FormattableString.Invariant($"{Mean(first, Inputs),5:F2} > {Mean(last, Inputs),5:F2} {Mean(first, Cores),5:F2} > {Mean(last, Cores),5:F2} "));
            output.Write(FormattableString.Invariant($"{losses[i],7:F3} {rounds.Milliseconds(i),9:F2} {rounds.Ratio(i, 0),8:F3} "));
            output.WriteLine(FormattableString.Invariant($"{Predicted(last, layer => layer.StepSeconds),10:F2} {Predicted(last, layer => layer.EvenStepSeconds),9:F2}"));
        }

        output.WriteLine();
        output.WriteLine("coarse: share of the zeros in groups that kernels jump. inputs, cores: most over mean before > after, means by predicted time.");
        output.WriteLine($"loss: mean of the last {balance.Steps - (balance.Steps / 2)} steps. step: median of {rounds.Count} rounds in turns, and of their ratios.");
        output.WriteLine("layers: what the pruned layers are predicted to take of it, and with equal shares for all cores.");
    }

    private static double Inputs(LayerPruningReport layer) => layer.InputImbalance;

    private static double Cores(LayerPruningReport layer) => layer.CoreImbalance;

    /// <summary>A mean over the pruned layers by the time that they are predicted to take; the plain one where nothing is predicted.</summary>
    private static double Mean(PruningReport report, Func<LayerPruningReport, double> imbalance)
    {
        var known = report.Layers.Where(layer => layer.StepSeconds is not null).ToArray();
        return known.Length == 0
            ? report.Layers.Average(imbalance)
            : known.Sum(layer => layer.StepSeconds!.Value * imbalance(layer)) / known.Sum(layer => layer.StepSeconds!.Value);
    }

    private static double Predicted(PruningReport report, Func<LayerPruningReport, double?> seconds) => 1e3 * report.Layers.Sum(layer => seconds(layer) ?? 0);
}
