using SparseKernels.Bench.Learning;
using SparseKernels.Bench.Measuring;
using SparseKernels.Bench.Peer;
using SparseKernels.Bench.Reporting;
using SparseKernels.Isa;

namespace SparseKernels.Bench.Commands;

/// <summary>
/// Trains a model on CIFAR-10 in ours and in TorchSharp: the same start, the same batches in the same order, the same rates. The
/// two take turns, an epoch each, so that both times are of the same machine.
/// </summary>
internal sealed class RecipeComparison(RunSettings settings, string model, int epochs)
{
    private readonly TrainingRecipe _recipe = new();

    /// <summary>Runs the comparison.</summary>
    /// <param name="images">The data.</param>
    /// <param name="output">Where the table goes.</param>
    /// <exception cref="ArgumentException">The model doesn't take such images, or the data set is smaller than a batch.</exception>
    public void Run(CifarImages images, TextWriter output)
    {
        if (settings.Batch > images.Training.Count)
            throw new ArgumentException($"--batch: expected at most the {images.Training.Count} training images, got {settings.Batch}.");
        var obstacle = TorchLibrary.TryLoad(settings.Isa, settings.Threads);
        using var own = new OwnTrainer(model, (settings.Batch, settings.Threads), _recipe);
        if (own.Network.Input.Channels != images.Training.Channels)
            throw new ArgumentException($"--model {model}: takes images of {own.Network.Input}, CIFAR-10's are [3, 32, 32].");
        using var torch = obstacle is null ? new TorchTrainer(own.Network, _recipe) : null;
        Introduce(images, obstacle, output);

        using var ours = new LearningCurve(
            images.TrainingBatches(settings.Batch, _recipe),
            (batch, rate) => own.Step(batch.Images, batch.Labels, rate),
            batch => own.Correct(batch.Images, batch.Labels, batch.Count));
        using var peer = torch is null ? null : new LearningCurve(
            images.TrainingBatches(settings.Batch, _recipe),
            (batch, rate) => torch.Step(batch.Images, batch.Labels, rate),
            batch => torch.Correct(batch.Images, batch.Labels, batch.Count));
        using var test = images.TestBatches(settings.Batch);
        var peak = new PeakMeter(settings.Isa, settings.Threads);
        var steps = (long)(images.Training.Count / settings.Batch) * epochs;
        Train(ours, peer, () => peak.Measure(), curve => curve.Evaluate(test), _recipe.Schedule(steps).At, output);
        Conclude(own, ours, peer, peak.Gflops, output);
    }

    private void Introduce(CifarImages images, string? obstacle, TextWriter output)
    {
        ComparisonHead.Write(output, settings.Isa, obstacle, alone: "ours alone");
        output.WriteLine(
            $"{model}, {images.Training.Count} training and {images.Test.Count} test images, epochs: {epochs}, batch: {settings.Batch}, threads: {settings.Threads}; " +
            $"SGD {_recipe.PeakRate} (cosine, {_recipe.WarmUp:P0} warm-up), momentum {_recipe.Momentum}{(_recipe.Nesterov ? " Nesterov" : "")}, decay {_recipe.WeightDecay}; crops and flips");
        output.WriteLine("same start, batches and rates on both sides, an epoch each in turn; seconds are of training steps alone");
        output.WriteLine();
        output.WriteLine($"{"epoch",5} {"loss",8} {"accuracy",9} {"seconds",9}   {"peer loss",9} {"accuracy",9} {"seconds",9}");
    }

    private void Train(
        LearningCurve ours, LearningCurve? peer, Action measurePeak, Action<LearningCurve> evaluate, Func<long, float> rate,
        TextWriter output)
    {
        for (var epoch = 1; epoch <= epochs; epoch++)
        {
            measurePeak();
            foreach (var curve in new[] { ours, peer })
            {
                if (curve is null) continue;
                curve.TrainEpoch(rate);
                evaluate(curve);
            }

            output.WriteLine($"{epoch,5} {Columns(ours, 8)}   {(peer is null ? "" : Columns(peer, 9))}");
            output.Flush();
        }
    }

    private void Conclude(OwnTrainer own, LearningCurve ours, LearningCurve? peer, double peak, TextWriter output)
    {
        output.WriteLine();
        output.WriteLine($"ours: accuracy {ours.Accuracy:P2} in {ours.Seconds:F1} s of training");
        if (peer is not null) output.WriteLine($"peer: accuracy {peer.Accuracy:P2} in {peer.Seconds:F1} s of training; time ratio {peer.Seconds / ours.Seconds:F2}x, accuracy {100 * (ours.Accuracy - peer.Accuracy):+0.00;-0.00} points");
        if (settings.Json is null) return;
        var milliseconds = 1e3 * ours.Seconds / ours.Steps;
        var effective = 2e-6 * own.MultiplyAddsPerStep / milliseconds;
        RatioJson.Write(settings.Json, [new RatioRow(
            model, "recipe, mean step", settings.Batch, settings.Threads, InstructionSet.NameOf(settings.Isa),
            milliseconds, peer is null ? null : 1e3 * peer.Seconds / peer.Steps, peer?.Seconds / ours.Seconds, effective, peak, effective / peak)]);
    }

    private static string Columns(LearningCurve curve, int lossWidth) =>
        $"{curve.Loss.ToString("F4").PadLeft(lossWidth)} {curve.Accuracy,9:P2} {curve.Seconds,9:F1}";
}
