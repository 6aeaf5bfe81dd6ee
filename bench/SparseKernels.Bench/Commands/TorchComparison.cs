using System.Diagnostics;
using System.Globalization;
using SparseKernels.Bench.Measuring;
using SparseKernels.Bench.Peer;
using SparseKernels.Bench.Reporting;
using SparseKernels.Isa;

namespace SparseKernels.Bench.Commands;

/// <summary>Times TorchSharp programs with their models converted against the same ones as they are, in turns.</summary>
internal sealed class TorchComparison(RunSettings run, IReadOnlyList<string> models, double masked)
{
    private static readonly int[] s_predicted = [1, 64];

    /// <summary>Steps whose losses are compared.</summary>
    private const int StepsBefore = 5;

    /// <summary>Calls after which every candidate has been tried, its code compiled and the layout chosen.</summary>
    private const int CallsBefore = 60;

    private static readonly TimeSpan s_longestBefore = TimeSpan.FromSeconds(8);

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
            $"TorchSharp programs, the model converted against as it is; {run.Threads} thread{(run.Threads == 1 ? "" : "s")}, fp32, {masked:P0} of the weights pruned; medians of interleaved rounds"));
        output.WriteLine();
        var table = new RatioTable(output);
        table.WriteHeader();
        var reports = new StringWriter();
        foreach (var model in models) Measure(model, table, reports);
        table.WriteSummary();
        output.Write(reports);
        if (run.Json is not null) RatioJson.Write(run.Json, table.Rows);
    }

    private void Measure(string model, RatioTable table, TextWriter reports)
    {
        using var pair = new TorchPair(model, run.Batch, run.Threads, masked);
        reports.WriteLine($"{model}:");
        reports.WriteLine(pair.Report);
        for (var step = 0; step < StepsBefore; step++)
        {
            var (plain, converted) = (pair.Step(converted: false), pair.Step(converted: true));
            if (!(Math.Abs(plain - converted) <= 0.01 * Math.Abs(plain)))
                throw new InvalidDataException(string.Create(CultureInfo.InvariantCulture, $"{model}: the losses of step {step} are {plain} and {converted}."));
        }

        var name = masked > 0 ? string.Create(CultureInfo.InvariantCulture, $" {masked:P0} masked") : "";
        Add(table, pair, model, $"torch step{name}", run.Batch, () => pair.Step(converted: true), () => pair.Step(converted: false), passes: 3);
        pair.BeginInference();
        foreach (var batch in s_predicted)
        {
            using var images = batch == 1 ? pair.Images[..1].clone() : pair.Images.repeat((batch + run.Batch - 1) / run.Batch, 1, 1, 1)[..batch].clone();
            float[] expected = pair.Predict(converted: false, images), actual = pair.Predict(converted: true, images);
            var (apart, size) = (expected.Zip(actual, (a, b) => Math.Abs((double)a - b)).Max(), expected.Max(Math.Abs));
            if (!(apart <= 1e-3 * size))
            {
                throw new InvalidDataException(string.Create(
                    CultureInfo.InvariantCulture, $"{model}: logits of {batch} images are {apart:G3} apart of {size:G3}."));
            }

            Add(
                table, pair, model, $"torch predict{batch}{name}", batch, () => pair.Predict(converted: true, images),
                () => pair.Predict(converted: false, images), passes: 1);
        }
    }

    private void Add(RatioTable table, TorchPair pair, string model, string pass, int batch, Action ours, Action peer, int passes)
    {
        var watch = Stopwatch.StartNew();
        for (var call = 0; call < CallsBefore && watch.Elapsed < s_longestBefore; call++) ours();
        var peak = new PeakMeter(run.Isa, run.Threads);
        var compared = new InterleavedTimer(TimeProvider.System).Compare(ours, peer, run.Budget, peak.Measure);
        var effective = 2e-6 * passes * batch * pair.MultiplyAddsPerImage / compared.OursMs;
        table.Add(new RatioRow(
            model, pass, batch, run.Threads, InstructionSet.NameOf(run.Isa), compared.OursMs, compared.PeerMs, compared.Ratio, effective, peak.Gflops, effective / peak.Gflops));
    }
}
