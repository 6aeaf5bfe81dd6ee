using SparseKernels.Bench.Learning;
using SparseKernels.Bench.Measuring;
using SparseKernels.Bench.Reporting;
using SparseKernels.Isa;

namespace SparseKernels.Bench.Commands;

/// <summary>Times whole training steps of ours on several threads against one.</summary>
internal sealed class ScalingComparison(RunSettings settings)
{
    /// <summary>Steps from the same start whose losses must be equal before anything is timed.</summary>
    private const int CheckedSteps = 3;

    private readonly TrainingRecipe _recipe = new();

    /// <summary>Ours on the asked threads (ours_ms) against ours on one (peer_ms): the ratio is the speed-up.</summary>
    /// <param name="models">Names in our catalogue.</param>
    /// <param name="output">Where the table goes.</param>
    /// <exception cref="InvalidDataException">The results depend on the threads.</exception>
    public void Run(IReadOnlyList<string> models, TextWriter output)
    {
        output.WriteLine(MachineName.Describe());
        output.WriteLine($"training step of ours ({InstructionSet.NameOf(settings.Isa)}), N = {settings.Batch}: {settings.Threads} threads (ours) against one (peer); medians of interleaved rounds");
        output.WriteLine();
        var table = new RatioTable(output);
        table.WriteHeader();
        foreach (var model in models) table.Add(Measure(model));
        table.WriteSummary();
        if (settings.Json is not null) RatioJson.Write(settings.Json, table.Rows);
    }

    private RatioRow Measure(string model)
    {
        using var many = new OwnTrainer(model, (settings.Batch, settings.Threads), _recipe);
        using var one = new OwnTrainer(model, (settings.Batch, 1), _recipe);
        var batch = new RandomBatch(many.Network.Input, settings.Batch, OwnTrainer.Classes);
        double Step(OwnTrainer trainer) => trainer.Step(batch.Images, batch.Labels, _recipe.PeakRate);
        for (var step = 0; step < CheckedSteps; step++)
        {
            var (a, b) = (Step(many), Step(one));
            if (a != b)
                throw new InvalidDataException(
                    $"{model}: the loss of step {step} is {a:R} on {settings.Threads} threads and {b:R} on one.");
        }

        var peak = new PeakMeter(settings.Isa, settings.Threads);
        var found = new InterleavedTimer(TimeProvider.System).Compare(() => Step(many), () => Step(one), settings.Budget, peak.Measure);
        var effective = 2e-6 * many.MultiplyAddsPerStep / found.OursMs;
        return new RatioRow(
            model, "step, speed-up", settings.Batch, settings.Threads, InstructionSet.NameOf(settings.Isa),
            found.OursMs, found.PeerMs, found.Ratio, effective, peak.Gflops, effective / peak.Gflops);
    }
}
