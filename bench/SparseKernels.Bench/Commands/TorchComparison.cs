using System.Diagnostics;
using System.Globalization;
using SparseKernels.Bench.Measuring;
using SparseKernels.Bench.Peer;
using SparseKernels.Bench.Reporting;
using SparseKernels.Isa;
using SparseKernels.Threading;
using SparseKernels.TorchSharp;

namespace SparseKernels.Bench.Commands;

/// <summary>Times TorchSharp programs with their models converted against the same ones as they are, in turns.</summary>
/// <param name="run">Threads, and the batch of a training step; <see cref="BatchOfModel"/> for 64 images of 32², 16 of 224².</param>
/// <param name="models">Of <see cref="TorchPair.Models"/>, or <see cref="Node"/>.</param>
/// <param name="modes">Of <see cref="Modes"/>.</param>
/// <param name="tasks">step, predict.</param>
/// <param name="shares">The shares of the weights that are pruned.</param>
internal sealed class TorchComparison(
    RunSettings run, IReadOnlyList<string> models, IReadOnlyList<string> modes, IReadOnlyList<string> tasks, IReadOnlyList<double> shares)
{
    /// <summary>What measures a node of torch's graph.</summary>
    public const string Node = "node";

    /// <summary>Stands for the batch that a model has by default.</summary>
    public const int BatchOfModel = 0;

    /// <summary>Stretches become nodes, or each layer one, or so that all behind the first convolution lies channels-last.</summary>
    public static IReadOnlyDictionary<string, SparseTorchOptions> Modes { get; } = new Dictionary<string, SparseTorchOptions>
    {
        ["convert"] = new(),
        ["swap"] = new() { OneByOne = true },
        ["swap-channels-last"] = new() { OneByOne = true, ChannelsLast = true },
    };

    private const int SmallBatch = 64, LargeBatch = 16, LargeSize = 224;

    private static readonly int[] s_predicted = [1, 64];

    /// <summary>Steps whose losses are compared.</summary>
    private const int StepsBefore = 5;

    /// <summary>Calls after which every candidate has been tried, its code compiled and the layout chosen.</summary>
    private const int CallsBefore = 70;

    /// <summary>The same of large images, which have the longest calls.</summary>
    private const int LargeCallsBefore = 20;

    private static readonly TimeSpan s_longestBefore = TimeSpan.FromSeconds(30), s_shortestBefore = TimeSpan.FromSeconds(2);

    /// <summary>Measures all models.</summary>
    /// <param name="output">Where the table goes.</param>
    /// <exception cref="InvalidDataException">The two models' losses or logits differ.</exception>
    public void Run(TextWriter output)
    {
        var obstacle = TorchLibrary.TryLoad(run.Isa, run.Threads);
        ComparisonHead.Write(output, run.Isa, obstacle);
        if (obstacle is not null) return;
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"TorchSharp programs, the model converted against as it is; {run.Threads} thread{(run.Threads == 1 ? "" : "s")}, fp32, {string.Join(", ", shares.Select(share => share.ToString("P0", CultureInfo.InvariantCulture)))} of the weights pruned; medians of interleaved rounds"));
        output.WriteLine();
        var table = new RatioTable(output);
        table.WriteHeader();
        var reports = new StringWriter();
        foreach (var model in models)
        {
            if (model == Node)
            {
                MeasureNode(table, reports);
                continue;
            }

            foreach (var mode in modes)
                foreach (var share in shares) Measure(model, mode, share, table, reports);
        }

        table.WriteSummary();
        output.Write(reports);
        if (run.Json is not null) RatioJson.Write(run.Json, table.Rows);
    }

    private void Measure(string model, string mode, double masked, RatioTable table, TextWriter reports)
    {
        var isLarge = TorchPair.SizeOf(model) == LargeSize;
        var size = run.Batch == BatchOfModel ? isLarge ? LargeBatch : SmallBatch : run.Batch;
        using var pair = new TorchPair(model, size, run.Threads, masked, Modes[mode] with { Topology = ComputeTopology.FromThreads(run.Threads), Blocks = TorchModels.Blocks });
        reports.WriteLine($"{model}, {mode}:");
        reports.WriteLine(pair.Report);
        for (var step = 0; step < StepsBefore; step++)
        {
            var (plain, converted) = (pair.Step(converted: false), pair.Step(converted: true));
            if (!(Math.Abs(plain - converted) <= 0.01 * Math.Abs(plain)))
                throw new InvalidDataException(string.Create(CultureInfo.InvariantCulture, $"{model}: the losses of step {step} are {plain} and {converted}."));
        }

        var before = mode == "convert" ? "torch" : $"torch {mode}";
        var name = masked > 0 ? string.Create(CultureInfo.InvariantCulture, $" {masked:P0} masked") : "";
        if (tasks.Contains("step"))
        {
            Warm(isLarge, () => pair.Step(converted: true));
            Add(
                table, model, $"{before} step{name}", size, 3 * size * pair.MultiplyAddsPerImage, () => pair.Step(converted: true),
                () => pair.Step(converted: false));
        }

        if (!tasks.Contains("predict")) return;
        pair.BeginInference();
        foreach (var batch in s_predicted)
        {
            using var images = batch == 1 ? pair.Images[..1].clone() : pair.Images.repeat((batch + size - 1) / size, 1, 1, 1)[..batch].clone();
            float[] expected = pair.Predict(converted: false, images), actual = pair.Predict(converted: true, images);
            RequireClose($"{model}: logits of {batch} images", expected, actual);
            Warm(isLarge, () => pair.Predict(converted: true, images));
            Add(
                table, model, $"{before} predict{batch}{name}", batch, batch * pair.MultiplyAddsPerImage, () => pair.Predict(converted: true, images),
                () => pair.Predict(converted: false, images));
        }
    }

    /// <summary>A node against the core's own calls, and against torch's convolution.</summary>
    private void MeasureNode(RatioTable table, TextWriter reports)
    {
        const string Layer = "16-16-8";
        var batch = run.Batch == BatchOfModel ? 1 : run.Batch;
        using var cost = new TorchNodeCost(batch, run.Threads);
        RequireClose($"{Layer}: gradients", cost.Gradients(converted: false), cost.Gradients(converted: true));
        Warm(isLarge: false, () => cost.Torch(converted: true));
        Warm(isLarge: false, cost.Core);
        var work = 3L * cost.Shape.MultiplyAdds;
        var core = Add(table, Layer, "torch node, core", batch, work, () => cost.Torch(converted: true), cost.Core);
        Add(table, Layer, "torch node, libtorch", batch, work, () => cost.Torch(converted: true), () => cost.Torch(converted: false));
        reports.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{Layer} of {batch}: a node, forward and backward, takes {1000 * (core.OursMs - core.PeerMs!.Value):F0} µs more than the core's own three calls on blocked tensors"));
    }

    private static void RequireClose(string what, float[] expected, float[] actual)
    {
        var (apart, size) = (expected.Zip(actual, (a, b) => Math.Abs((double)a - b)).Max(), expected.Max(Math.Abs));
        if (!(apart <= 1e-3 * size)) throw new InvalidDataException(string.Create(CultureInfo.InvariantCulture, $"{what} are {apart:G3} apart of {size:G3}."));
    }

    /// <summary>Calls before anything is timed, until kernels and layouts are chosen: more of them where a call is short.</summary>
    private static void Warm(bool isLarge, Action ours)
    {
        var watch = Stopwatch.StartNew();
        var least = isLarge ? LargeCallsBefore : CallsBefore;
        for (var call = 0; (call < least || watch.Elapsed < s_shortestBefore) && watch.Elapsed < s_longestBefore; call++) ours();
    }

    private RatioRow Add(RatioTable table, string layer, string pass, int batch, long multiplyAdds, Action ours, Action peer)
    {
        var peak = new PeakMeter(run.Isa, run.Threads);
        var compared = new InterleavedTimer(TimeProvider.System).Compare(ours, peer, run.Budget, peak.Measure);
        var effective = 2e-6 * multiplyAdds / compared.OursMs;
        var row = new RatioRow(
            layer, pass, batch, run.Threads, InstructionSet.NameOf(run.Isa), compared.OursMs, compared.PeerMs, compared.Ratio, effective, peak.Gflops, effective / peak.Gflops);
        table.Add(row);
        return row;
    }
}
