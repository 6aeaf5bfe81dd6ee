using SparseKernels.Bench.Learning;
using SparseKernels.Bench.Measuring;
using SparseKernels.Bench.Peer;
using SparseKernels.Bench.Reporting;
using SparseKernels.Isa;
using SparseKernels.Training.Checkpoints;
using SparseKernels.Training.Networks;

namespace SparseKernels.Bench.Commands;

/// <summary>
/// Times training steps of one network in two states, in turns: as a run starts, with no weight pruned, and as a run left it, weights and
/// masks from its file. A run's own times of both lie minutes apart, in which a shared machine changes. Both keep their masks and train on
/// the same images.
/// </summary>
internal sealed class PrunedStepComparison(RunSettings settings, string model, WeightsFile weights, string? dataFolder)
{
    /// <summary>Steps before anything is timed, so that activations are those of a network that learns.</summary>
    private const int WarmUpSteps = 50;

    private static readonly KernelSchedule s_schedule = KernelSchedule.Reproducible;
    private readonly TrainingRecipe _recipe = new();

    /// <summary>Runs the comparison.</summary>
    /// <param name="output">Where the table goes.</param>
    /// <exception cref="ArgumentException">The data set is smaller than a batch.</exception>
    /// <exception cref="IOException">The folder of images or a file in it is missing or unreadable.</exception>
    /// <exception cref="InvalidDataException">The weights are another network's, or not pruned, or a file of images is damaged.</exception>
    public void Run(TextWriter output)
    {
        if (weights.Masks.Count == 0)
            throw new InvalidDataException(
                "the file of weights has no masks: it is no pruned network's, or was written with plain tensors.");
        using var start = new OwnTrainer(model, (settings.Batch, settings.Threads), _recipe, s_schedule);
        using var end = new OwnTrainer(model, (settings.Batch, settings.Threads), _recipe, s_schedule);
        weights.Restore(end.Network);
        var obstacle = TorchLibrary.TryLoad(settings.Isa, settings.Threads);
        using var peer = obstacle is null ? new TorchTrainer(start.Network, _recipe) : null;
        var batches = KeptBatches.Gather(start.Network.Input, settings.Batch, WarmUpSteps, dataFolder, _recipe);
        Introduce(batches, obstacle, output);

        // A rate of a pruned run's last epoch: the network stays as accurate as it was.
        var rate = 0.01f * _recipe.PeakRate;
        for (var step = 0; step < WarmUpSteps; step++)
        {
            var (images, labels) = batches[step];
            _ = start.Step(images, labels, _recipe.PeakRate);
            _ = end.Step(images, labels, rate);
        }

        peer?.CopyState();
        foreach (var ours in new[] { start, end }) ResetTotals(ours.Network);
        var actions = new List<Action> { batches.Stepper(start.Step, rate), batches.Stepper(end.Step, rate) };
        if (peer is not null) actions.Add(batches.Stepper(peer.Step, rate));
        var peak = new PeakMeter(settings.Isa, settings.Threads);
        var rounds = new InterleavedTimer(TimeProvider.System).Measure(actions, settings.Budget, peak.Measure);
        Conclude(rounds, start.MultiplyAddsPerStep, peer is not null, peak, output);
        output.WriteLine();
        LayerTimes.Write(start.Network.Timings, end.Network.Timings, output);
        foreach (var (state, network) in new[] { ("start", start.Network), ("end", end.Network) })
        {
            output.WriteLine($"{state}:");
            NetworkChoices.Write(s_schedule, network.Plans, output);
        }
    }

    private static void ResetTotals(Network network)
    {
        network.ResetTimings();
        foreach (var layer in network.Plans) layer.Plan.ResetTotals();
    }

    private void Introduce(KeptBatches batches, string? obstacle, TextWriter output)
    {
        var (all, live) = (weights.Masks.Sum(mask => (long)mask.Mask.Shape.WeightLength), weights.Masks.Sum(mask => (long)mask.Mask.Count));
        ComparisonHead.Write(output, settings.Isa, obstacle, alone: "ours alone", peerIs: ", dense");
        output.WriteLine(
            $"training step (forward, loss, backward, SGD update) of {model}, N = {settings.Batch}, {settings.Threads} thread{(settings.Threads == 1 ? "" : "s")}, {s_schedule}, {batches.Source}; medians of interleaved rounds");
        output.WriteLine($"start: nothing pruned, after {WarmUpSteps} steps; end: the given weights, {1 - ((double)live / all):P1} of {weights.Masks.Count} layers' {all} pruned");
        output.WriteLine();
    }

    private void Conclude(TimedRounds rounds, long multiplyAdds, bool hasPeer, PeakMeter peak, TextWriter output)
    {
        var table = new RatioTable(output);
        table.WriteHeader();
        foreach (var (action, state) in new[] { (0, "start"), (1, "end") })
        {
            var ms = rounds.Milliseconds(action);
            var effective = 2e-6 * multiplyAdds / ms;
            table.Add(new RatioRow(
                model, $"step, {state}", settings.Batch, settings.Threads, InstructionSet.NameOf(settings.Isa),
                ms, hasPeer ? rounds.Milliseconds(2) : null, hasPeer ? rounds.Ratio(2, action) : null, effective, peak.Gflops, effective / peak.Gflops));
        }

        var share = rounds.Ratio(1, 0);
        output.WriteLine();
        output.WriteLine($"end over start: {share:F3}, target at most {NetworkTargets.PrunedStep}: {(share <= NetworkTargets.PrunedStep ? "yes" : "no")}");
        if (settings.Json is not null) RatioJson.Write(settings.Json, table.Rows);
    }
}
