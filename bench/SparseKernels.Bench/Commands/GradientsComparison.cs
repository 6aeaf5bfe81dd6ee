using System.Globalization;
using SparseKernels.Bench.Learning;
using SparseKernels.Bench.Peer;
using static TorchSharp.torch;

namespace SparseKernels.Bench.Commands;

/// <summary>
/// Logits and gradients of our models and of the same in libtorch, both in single precision, by their distances from libtorch in double precision with
/// the same weights on the same images.
/// </summary>
internal sealed class GradientsComparison(RunSettings run, int? size)
{
    private readonly TrainingRecipe _recipe = new();

    /// <summary>Two rows for each model: as it is initialised, and with no normalised value at a ReLU's edge.</summary>
    /// <param name="models">Their names.</param>
    /// <param name="output">Where the table goes.</param>
    /// <exception cref="PlatformNotSupportedException">There is no libtorch.</exception>
    public void Run(IReadOnlyList<string> models, TextWriter output)
    {
        if (TorchLibrary.TryLoad(run.Isa, run.Threads) is { } obstacle) throw new PlatformNotSupportedException($"nothing to compare with: {obstacle}");
        output.WriteLine($"distances from libtorch in double precision, ours / libtorch in single precision; N = {run.Batch}, random images");
        output.WriteLine("| model | normalised values | logits | all gradients | farthest gradient, ours | libtorch's |");
        output.WriteLine("|---|---|---:|---:|---|---|");
        foreach (var model in models)
        {
            Write(model, isKeptFromEdges: false, output);
            Write(model, isKeptFromEdges: true, output);
        }
    }

    private void Write(string model, bool isKeptFromEdges, TextWriter output)
    {
        using var ours = new OwnTrainer(model, (run.Batch, run.Threads), _recipe, size: size);
        var network = ours.Network;
        var batch = new RandomBatch(network.Input, run.Batch, OwnTrainer.Classes);
        if (isKeptFromEdges && !ReluEdges.Avoid(network)) return;
        BatchStatistics.Take(network, batch.Images, batch.Labels);
        var precise = Theirs(ScalarType.Float64);
        var single = Theirs(ScalarType.Float32);
        var logits = new float[run.Batch * OwnTrainer.Classes];
        network.Predict(batch.Images, logits);
        network.ComputeGradients(batch.Images, batch.Labels);
        var own = GradientDistance.Of(network, [.. network.Parameters.Select(parameter => Doubles(parameter.Gradient))], precise.Gradients);
        var peer = GradientDistance.Of(network, single.Gradients, precise.Gradients);
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"| {model}, {network.Input.Height}² | {(isKeptFromEdges ? "3 deviations from edges" : "as initialised")} | {GradientDistance.Of(Doubles(logits), precise.Logits):E1} / {GradientDistance.Of(single.Logits, precise.Logits):E1} | {own.All:E1} / {peer.All:E1} | {own.Worst:E1} {own.Name} | {peer.Worst:E1} {peer.Name} |"));
        output.Flush();

        (double[] Logits, double[][] Gradients) Theirs(ScalarType precision)
        {
            using var torch = new TorchTrainer(network, _recipe, precision);
            torch.Trains = false;
            var logits = torch.Logits(batch.Images, run.Batch);
            torch.Trains = true;
            return (logits, torch.Gradients(batch.Images, batch.Labels));
        }
    }

    private static double[] Doubles(float[] values) => Array.ConvertAll(values, value => (double)value);
}
