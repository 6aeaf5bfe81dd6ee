using System.Globalization;
using System.Text.Json;
using SparseKernels.Cli.Options;
using SparseKernels.Cli.Reports;
using SparseKernels.Cli.Runs;
using SparseKernels.Cli.Terminal;
using SparseKernels.Isa;
using SparseKernels.Training;
using SparseKernels.Training.Randomness;

namespace SparseKernels.Cli.Benchmark;

/// <summary>One run of <c>sparsekernels benchmark</c>. Writes no file but the machine's calibration, where there is none.</summary>
internal sealed class BenchmarkRun : IDisposable
{
    /// <summary>A model with more zeros than this is measured as it is.</summary>
    private const double MostlyZero = 0.5;

    private const double Million = 1e6;

    private readonly BenchmarkRequest _request;
    private readonly PredictorOptions _options;
    private readonly GivenNetwork _given;
    private readonly (string Form, double Zeros, Predictor Predictor) _first;
    private readonly (string Form, double Zeros, Predictor Predictor) _second;

    /// <summary>Dense kernels with the second's weights.</summary>
    private readonly Predictor _reference;

    private BenchmarkRun(BenchmarkRequest request)
    {
        _request = request;
        _options = new PredictorOptions { Topology = CommandOptions.TopologyOf(request.Threads) };
        _given = GivenNetwork.Read(request.Model, request.ImageSize, _options);
        MachineCalibration.Ensure(KernelSchedule.Current, Console.Error.WriteLine);
        var network = _given.Network;
        var own = WeightZeros.Of(network);
        var dense = _options with { Schedule = KernelSchedule.Dense };
        if (request.Mask is null && own.Share > MostlyZero)
        {
            _first = ("as they are, dense kernels", own.Share, new Predictor(network, dense));
            _second = ("as they are", own.Share, new Predictor(network, _options));
            _reference = _first.Predictor;
        }
        else
        {
            _first = ("as they are", own.Share, new Predictor(network, _options));
            SmallestWeights.MakeZero(network, request.Mask ?? request.DefaultMask);
            var left = WeightZeros.Of(network);
            _second = ("smallest made zero", left.Share, new Predictor(network, _options));
            _reference = new Predictor(network, dense);
        }
    }

    /// <summary>Measures.</summary>
    /// <param name="request">The options.</param>
    /// <returns>The exit code, 0.</returns>
    /// <exception cref="Exception">What <see cref="Failure.IsInput"/> knows, if the input can't be used.</exception>
    public static int Run(BenchmarkRequest request)
    {
        using var run = new BenchmarkRun(request);
        var head = run.Head();
        if (!request.Json) Introduce(head);
        var report = head with { Rows = [.. request.Batches.SelectMany(run.Measure)] };
        if (request.Json) Console.Out.WriteLine(JsonSerializer.Serialize(report, BenchmarkJson.Default.BenchmarkReport));
        else Show(report);
        return 0;
    }

    public void Dispose()
    {
        _first.Predictor.Dispose();
        _second.Predictor.Dispose();
        _reference.Dispose();
        _given.Dispose();
    }

    private static void Introduce(BenchmarkReport report)
    {
        var (weights, work) = (report.Weights / Million, report.MultiplyAdds / Million);
        Line($"{report.Model}: images of [{string.Join(", ", report.Input)}], {report.Classes} classes, {weights:F2} million weights, {work:F1} million multiply-adds an image");
        Line($"{report.Threads} threads, {report.InstructionSet}, predictions: {report.Predictions}");
    }

    private static void Show(BenchmarkReport report)
    {
        Screen.Out().Write(BenchmarkTable.Create(report.Rows));
        Line($"Times are medians of calls in turns on images of noise; differences are from the logits of dense kernels with the same weights, of their range.");
    }

    private static void Line(FormattableString text) => Console.Out.WriteLine(text.ToString(CultureInfo.InvariantCulture));

    private BenchmarkReport Head()
    {
        var network = _given.Network;
        return new BenchmarkReport(
            _given.Title, [network.Input.Channels, network.Input.Height, network.Input.Width], network.Classes, WeightZeros.Of(network).Weights,
            network.MultiplyAddsPerImage, _options.Topology!.Threads, InstructionSet.NameOf(InstructionSet.Current), Calibration.Current.Source, []);
    }

    private BenchmarkRow[] Measure(int batch)
    {
        var images = Noise(batch * _given.Network.Input.Length);
        var (logits, expected) = (new float[batch * _given.Network.Classes], new float[batch * _given.Network.Classes]);
        _reference.Predict(images, expected);
        _second.Predictor.Predict(images, logits);
        var difference = 0f;
        for (var i = 0; i < logits.Length; i++) difference = Math.Max(difference, Math.Abs(logits[i] - expected[i]));
        var times = TurnTimer.Measure(
            () => _first.Predictor.Predict(images, logits), () => _second.Predictor.Predict(images, logits), _request.Seconds);
        return
        [
            Row(_first, batch, times.First, times.Rounds),
            Row(_second, batch, times.Second, times.Rounds) with
            {
                SpeedUp = times.Ratio,
                LargestDifference = difference,
                LogitsRange = expected.Max() - expected.Min(),
            },
        ];
    }

    private static BenchmarkRow Row((string Form, double Zeros, Predictor Predictor) of, int batch, double seconds, int rounds) => new(
        of.Form, of.Zeros, batch, 1e3 * seconds / batch, batch / seconds, SpeedUp: null, LayoutText.NameOf(of.Predictor.LayoutOf(batch)),
        LargestDifference: null, LogitsRange: null, rounds);

    private static float[] Noise(int length)
    {
        var random = new RandomSource(seed: 0);
        var noise = new float[length];
        foreach (ref var value in noise.AsSpan()) value = random.NextGaussian();
        return noise;
    }
}
