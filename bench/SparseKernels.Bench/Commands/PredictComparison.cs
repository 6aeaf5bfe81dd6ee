using System.Diagnostics;
using System.Globalization;
using SparseKernels.Bench.Learning;
using SparseKernels.Bench.Measuring;
using SparseKernels.Bench.Peer;
using SparseKernels.Bench.Reporting;
using SparseKernels.Isa;

namespace SparseKernels.Bench.Commands;

/// <summary>Times inference: plain images in, logits out.</summary>
internal sealed class PredictComparison(StepSettings settings, IReadOnlyList<int> batches)
{
    /// <summary>Images of a step of the training that comes before, of CIFAR's size; fewer larger ones.</summary>
    private const int TrainingBatch = 64;

    /// <summary>The fewest images of such a step.</summary>
    private const int FewestOfTraining = 8;

    /// <summary>Calls after which every candidate has been tried and its code compiled.</summary>
    private const int CallsBefore = 60;

    /// <summary>Twenty layers hand their rounding on: logits may differ as sums of so many products would.</summary>
    private const long RoundingTerms = 1_000_000;

    private static readonly TimeSpan s_longestBefore = TimeSpan.FromSeconds(3);

    private readonly RunSettings _run = settings.Run;
    private readonly List<(string Model, string Pass, int Batch, double Milliseconds, double Ratio)> _onnxRuntime = [];

    /// <summary>Ours, once for each schedule, against the same model in TorchSharp.</summary>
    /// <param name="output">Where the table goes.</param>
    /// <exception cref="InvalidDataException">First steps or logits differ, or a file of images is damaged.</exception>
    public void Run(TextWriter output)
    {
        var obstacle = TorchLibrary.TryLoad(_run.Isa, _run.Threads);
        ComparisonHead.Write(output, _run.Isa, obstacle);
        output.WriteLine(
            $"inference (plain images in, logits out; TorchSharp in eval mode under no_grad), {_run.Threads} thread{(_run.Threads == 1 ? "" : "s")}, fp32; {settings.Describe()}; ours {OwnPredictions.Door(settings)}; medians of interleaved rounds");
        output.WriteLine($"predictions: {Calibration.Current.Source}");
        output.WriteLine();
        var table = new RatioTable(output);
        table.WriteHeader();
        foreach (var model in settings.Models) Measure(model, obstacle is null, table);
        table.WriteSummary();
        WriteOnnxRuntime(output);
        NetworkTargets.WritePredictions(table.Rows, settings.Masked is not null, output);
        if (_run.Json is not null) RatioJson.Write(_run.Json, table.Rows);
    }

    private int BatchOfTraining =>
        settings.Size is { } size ? Math.Clamp(TrainingBatch * 32 * 32 / (size * size), FewestOfTraining, TrainingBatch) : TrainingBatch;

    private void Measure(string model, bool hasPeer, RatioTable table)
    {
        using var networks = new ComparedNetworks(
            model, (BatchOfTraining, _run.Threads), settings.Schedules, settings.Masked, (settings.DataFolder, settings.WarmUpSteps), hasPeer,
            settings.Layout, settings.Size);
        networks.Check();
        networks.WarmUp(settings.WarmUpSteps);

        // Another schedule's kernels round otherwise, so that after some steps its weights are not quite the first one's.
        foreach (var other in networks.Ours.Skip(1)) other.TakeState(networks.Ours[0]);
        if (networks.Peer is { } torch) torch.Trains = false;
        using var ours = OwnPredictions.Of(networks.Ours, settings);
        foreach (var batch in batches) Measure(settings.NameOf(model), networks, ours, batch, table);
    }

    private void Measure(string model, ComparedNetworks networks, OwnPredictions predictions, int batch, RatioTable table)
    {
        var (images, logits) = (networks.Images(batch), new float[batch * OwnTrainer.Classes]);
        var terms = networks.Ours[0].Network.MultiplyAddsPerImage;
        var expected = networks.Peer?.Predict(images, batch);
        using var onnx = new OnnxRuntimeModel(networks.Ours[0].Network, _run.Threads);
        foreach (var predict in predictions.Each)
        {
            predict(images, logits);
            expected ??= [.. logits];
            Agreement.Check($"{model} logits of {batch} images", logits, expected, RoundingTerms);
        }

        Agreement.Check($"{model} logits of {batch} images by ONNX Runtime", onnx.Predict(images, batch), logits, RoundingTerms);
        List<Action> actions = [.. predictions.Each.Select(predict => (Action)(() => predict(images, logits)))];
        var ofOnnx = actions.Count;
        actions.Add(() => onnx.Predict(images, batch));
        if (networks.Peer is { } peer) actions.Add(() => peer.Predict(images, batch));
        foreach (var action in actions)
        {
            var watch = Stopwatch.StartNew();
            for (var call = 0; call < CallsBefore && watch.Elapsed < s_longestBefore; call++) action();
        }

        var peak = new PeakMeter(_run.Isa, _run.Threads);
        var rounds = new InterleavedTimer(TimeProvider.System).Measure(actions, _run.Budget, peak.Measure);
        for (var i = 0; i < networks.Ours.Count; i++)
        {
            var ms = rounds.Milliseconds(i);
            var effective = 2e-6 * batch * terms / ms;
            double? peerMs = networks.Peer is null ? null : rounds.Milliseconds(actions.Count - 1), ratio = networks.Peer is null ? null : rounds.Ratio(actions.Count - 1, i);
            var pass = settings.NameOf($"predict{batch}", settings.Schedules[i]);
            _onnxRuntime.Add((model, pass, batch, rounds.Milliseconds(ofOnnx), rounds.Ratio(ofOnnx, i)));
            table.Add(new RatioRow(
                model, pass, batch, _run.Threads, InstructionSet.NameOf(_run.Isa), ms, peerMs, ratio, effective, peak.Gflops, effective / peak.Gflops));
        }
    }

    private void WriteOnnxRuntime(TextWriter output)
    {
        output.WriteLine($"{OnnxRuntimeModel.Name}, the same network written as an ONNX file with normalisation folded, {_run.Threads} intra-op thread{(_run.Threads == 1 ? "" : "s")}, beside the others in the same rounds:");
        foreach (var (model, pass, batch, ms, ratio) in _onnxRuntime)
        {
            var target = NetworkTargets.OverOnnxRuntime(model, batch, _run.Threads, settings.Masked is not null);
            var verdict = target is { } least ? $", {NetworkTargets.Verdict(ratio, least)}" : "";
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{model} {pass}, N = {batch}: theirs {ms:F3} ms, ours {ratio:F2}x as fast{verdict}"));
        }

        output.WriteLine();
    }
}
