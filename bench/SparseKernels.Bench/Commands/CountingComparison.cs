using SparseKernels.Bench.Measuring;
using SparseKernels.Bench.Reporting;
using SparseKernels.Sparsity;
using SparseKernels.Tensors;
using SparseKernels.Threading;
using SparseKernels.Training.Layers;
using SparseKernels.Training.Layers.BatchNormalisation;
using SparseKernels.Training.Layers.Elementwise;
using SparseKernels.Training.Layers.Pooling;
using SparseKernels.Training.Tensors;

namespace SparseKernels.Bench.Commands;

/// <summary>What it costs a layer to write its output's non-zeros in the same sweep, beside finding them in a sweep of their own.</summary>
internal sealed class CountingComparison(RunSettings settings)
{
    /// <summary>Sizes around which the layers of a network on small images lie: in cache, and out of it.</summary>
    private static readonly FeatureShape[] s_sizes = [new(64, 32, 32), new(256, 8, 8)];

    private readonly InterleavedTimer _timer = new(TimeProvider.System);

    /// <summary>Runs the comparison.</summary>
    /// <param name="output">Where the table goes.</param>
    public void Run(TextWriter output)
    {
        output.WriteLine(MachineName.Describe());
        output.WriteLine($"N = {settings.Batch}, {settings.Threads} thread{(settings.Threads == 1 ? "" : "s")}; Forward of a layer alone, listing and counting its output's non-zeros in the same sweep, and in a sweep behind it; medians of interleaved rounds");
        output.WriteLine();
        output.WriteLine($"{"layer",-22} {"output",-18} {"alone ms",9} {"counting",9} {"costs",7} {"own sweep",10} {"costs",7}");
        foreach (var size in s_sizes)
        {
            Measure("ReLU", () => new Relu("relu"), size, output);
            Measure("batch norm + ReLU", () => new BatchNorm2d("bn", size.Channels, relu: true), size, output);
            Measure("the same + pooling", () => new PooledBatchNorm2d("bn", size.Channels), size, output);
            Measure("pooling", () => new MaxPool2d("pool", 2), size, output);
        }
    }

    private void Measure(string name, Func<Layer> make, FeatureShape size, TextWriter output)
    {
        using Layer alone = make(), counting = make();
        using var workspace = new Workspace(settings.Batch, ComputeTopology.FromThreads(settings.Threads), seed: 1);
        using var x = new BlockedTensor(settings.Batch, size.Channels, size.Height, size.Width);
        var random = new Random(1);
        x.CopyFromNchw([.. Enumerable.Range(0, x.PlainLength).Select(_ => 2 * random.NextSingle() - 1)]);
        var shape = alone.Build(size, workspace);
        counting.Build(size, workspace);
        var mask = new FineMask(settings.Batch, shape.Channels, shape.Height, shape.Width);
        counting.OutputZeros.Ask();

        var rounds = _timer.Measure(
            [() => alone.Forward(x, training: false), () => counting.Forward(x, training: false), () => mask.Update(alone.Forward(x, training: false))], settings.Budget, () => { });
        output.WriteLine(
            $"{name,-22} {shape,-18} {rounds.Milliseconds(0),9:F4} {rounds.Milliseconds(1),9:F4} {rounds.Ratio(1, 0) - 1,7:+0.0%;-0.0%} {rounds.Milliseconds(2),10:F4} {rounds.Ratio(2, 0) - 1,7:+0.0%;-0.0%}");
        output.Flush();
    }
}
