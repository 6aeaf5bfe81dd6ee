using SparseKernels.Bench.Learning;
using SparseKernels.Bench.Measuring;
using SparseKernels.Bench.Peer;
using SparseKernels.Bench.Reporting;

namespace SparseKernels.Bench.Commands;

/// <summary>Times whole training steps: forward, loss, backward and update.</summary>
internal sealed class StepComparison(RunSettings settings)
{
    /// <summary>Steps from the same start whose losses must agree before anything is timed.</summary>
    private const int CheckedSteps = 3;

    /// <summary>Relative difference of the losses before the first update, where only one forward pass has rounded.</summary>
    private const double FirstTolerance = 1e-5;

    private readonly TrainingRecipe _recipe = new();

    /// <summary>The same after an update: over a few images alone, batch normalisation enlarges rounding up to ten-thousandfold a step.</summary>
    private double LaterTolerance => settings.Batch < 8 ? 5e-2 : 2e-4;

    /// <summary>Ours against the same model in TorchSharp.</summary>
    /// <param name="models">Names in our catalogue.</param>
    /// <param name="output">Where the table goes.</param>
    /// <exception cref="InvalidDataException">Losses of the first steps differ.</exception>
    public void AgainstTorch(IReadOnlyList<string> models, TextWriter output)
    {
        var obstacle = TorchLibrary.TryLoad(settings.Isa, settings.Threads);
        output.WriteLine(MachineName.Describe());
        output.WriteLine(obstacle is null ? $"ours ({InstructionSet.NameOf(settings.Isa)}) against {TorchLibrary.Describe(settings.Isa)}" : $"no peer: {obstacle}; ours against the FMA peak alone");
        output.WriteLine($"training step (forward, loss, backward, SGD update), N = {settings.Batch}, {settings.Threads} thread{(settings.Threads == 1 ? "" : "s")}, fp32; medians of interleaved rounds");
        output.WriteLine();
        Report(models, output, model =>
        {
            using var ours = new OwnTrainer(model, (settings.Batch, settings.Threads), _recipe);
            using var peer = obstacle is null ? new TorchTrainer(ours.Network, _recipe) : null;
            var batch = new RandomBatch(ours.Network.Input, settings.Batch, OwnTrainer.Classes);
            if (peer is not null) Check(model, () => Step(ours, batch), () => peer.Step(batch.Images, batch.Labels, _recipe.PeakRate));
            return Measure(model, "step", ours, () => Step(ours, batch), peer is null ? null : () => peer.Step(batch.Images, batch.Labels, _recipe.PeakRate));
        });
    }

    /// <summary>Ours on the asked threads (ours_ms) against ours on one (peer_ms): the ratio is the speed-up.</summary>
    /// <param name="models">Names in our catalogue.</param>
    /// <param name="output">Where the table goes.</param>
    /// <exception cref="InvalidDataException">The results depend on the threads.</exception>
    public void AgainstOneThread(IReadOnlyList<string> models, TextWriter output)
    {
        output.WriteLine(MachineName.Describe());
        output.WriteLine($"training step of ours ({InstructionSet.NameOf(settings.Isa)}), N = {settings.Batch}: {settings.Threads} threads (ours) against one (peer); medians of interleaved rounds");
        output.WriteLine();
        Report(models, output, model =>
        {
            using var many = new OwnTrainer(model, (settings.Batch, settings.Threads), _recipe, Schedule.Reproducible);
            using var one = new OwnTrainer(model, (settings.Batch, 1), _recipe, Schedule.Reproducible);
            var batch = new RandomBatch(many.Network.Input, settings.Batch, OwnTrainer.Classes);
            for (var step = 0; step < CheckedSteps; step++)
            {
                var (a, b) = (Step(many, batch), Step(one, batch));
                if (a != b) throw new InvalidDataException($"{model}: the loss of step {step} is {a:R} on {settings.Threads} threads and {b:R} on one.");
            }

            return Measure(model, "step, speed-up", many, () => Step(many, batch), () => Step(one, batch));
        });
    }

    private void Report(IReadOnlyList<string> models, TextWriter output, Func<string, RatioRow> compare)
    {
        var table = new RatioTable(output);
        table.WriteHeader();
        foreach (var model in models) table.Add(compare(model));
        table.WriteSummary();
        if (settings.Json is not null) RatioJson.Write(settings.Json, table.Rows);
    }

    private RatioRow Measure(string model, string pass, OwnTrainer ours, Action step, Action? peer)
    {
        var peak = new PeakMeter(settings.Isa, settings.Threads);
        var found = new InterleavedTimer(TimeProvider.System).Compare(step, peer, settings.Budget, peak.Measure);
        var effective = 2e-6 * ours.MultiplyAddsPerStep / found.OursMs;
        return new RatioRow(
            model, pass, settings.Batch, settings.Threads, InstructionSet.NameOf(settings.Isa),
            found.OursMs, found.PeerMs, found.Ratio, effective, peak.Gflops, effective / peak.Gflops);
    }

    private double Step(OwnTrainer trainer, RandomBatch batch) => trainer.Step(batch.Images, batch.Labels, _recipe.PeakRate);

    private void Check(string model, Func<double> ours, Func<double> peer)
    {
        for (var step = 0; step < CheckedSteps; step++)
        {
            var (a, b) = (ours(), peer());
            if (!(Math.Abs(a - b) <= (step == 0 ? FirstTolerance : LaterTolerance) * Math.Abs(b)))
                throw new InvalidDataException($"{model}: from the same start on the same images, the loss of step {step} is {a:G7} in ours and {b:G7} in TorchSharp.");
        }
    }
}
