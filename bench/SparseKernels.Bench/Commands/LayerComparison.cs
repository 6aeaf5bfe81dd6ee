using System.Diagnostics;
using SparseKernels.Bench.Layers;
using SparseKernels.Bench.Measuring;
using SparseKernels.Bench.Peer;
using SparseKernels.Bench.Reporting;
using SparseKernels.Isa;

namespace SparseKernels.Bench.Commands;

/// <summary>Checks and times layers, ours against libtorch, and reports.</summary>
internal sealed class LayerComparison(RunSettings settings, IReadOnlyList<ConvolutionPass> passes, bool blocked)
{
    /// <summary>Calls after which the runtime has compiled everything outside the kernels for good.</summary>
    private const int CallsToCompile = 40;

    private static readonly TimeSpan s_longestWarmUp = TimeSpan.FromSeconds(0.5);

    private readonly InterleavedTimer _timer = new(TimeProvider.System);
    private readonly PeakMeter _peak = new(settings.Isa, settings.Threads);

    /// <summary>Runs the comparison.</summary>
    /// <param name="layers">The layers, any batch.</param>
    /// <param name="output">Where the table goes.</param>
    /// <exception cref="InvalidDataException">Ours and libtorch's results differ.</exception>
    public void Run(IReadOnlyList<BenchLayer> layers, TextWriter output)
    {
        var obstacle = TorchLibrary.TryLoad(settings.Isa, settings.Threads);
        ComparisonHead.Write(output, settings.Isa, obstacle);
        output.WriteLine(
            $"N = {settings.Batch}, {settings.Threads} thread{(settings.Threads == 1 ? "" : "s")}, fp32; plain NCHW in and out, packing of data and weights inside the time; " +
            "operands stay the same from call to call, so they are in cache where they fit; medians of interleaved rounds");
        output.WriteLine();
        CompileEverything(layers);

        var table = new RatioTable(output);
        table.WriteHeader();
        foreach (var layer in layers) Compare(layer, obstacle is null, table);
        table.WriteSummary();
        if (settings.Json is not null) RatioJson.Write(settings.Json, table.Rows);
    }

    private void Compare(BenchLayer layer, bool hasPeer, RatioTable table)
    {
        var shape = layer.Shape.WithBatch(settings.Batch);
        var data = new ConvolutionData(shape);
        using (IConvolutionRunner ours = new PlainRunner(data, settings.Convolution))
        using (var peer = hasPeer ? new TorchRunner(data) : null)
        {
            foreach (var pass in passes)
            {
                if (peer is not null)
                    Agreement.Check($"{layer.Name} {pass}", ours.Compute(pass), peer.Compute(pass), data.TermsPerResult(pass));
                table.Add(Measure(layer.Name, pass.ToString(), shape, () => ours.Run(pass), peer is null ? null : () => peer.Run(pass)));
            }

            if (!blocked) return;
            using var inside = new BlockedRunner(data, settings.Convolution);
            foreach (var pass in passes)
            {
                Agreement.Check($"{layer.Name} {pass} blocked", inside.Compute(pass), ours.Compute(pass), data.TermsPerResult(pass));
                table.Add(Measure(layer.Name, $"{pass} blocked", shape, () => inside.Run(pass), null));
            }
        }
    }

    private RatioRow Measure(string layer, string pass, ConvolutionShape shape, Action ours, Action? peer)
    {
        _peak.Reset();
        var found = _timer.Compare(ours, peer, settings.Budget, _peak.Measure);
        var effective = 2e-6 * shape.MultiplyAdds / found.OursMs;
        var peak = _peak.Gflops;
        return new RatioRow(
            layer, pass, settings.Batch, settings.Threads, InstructionSet.NameOf(settings.Isa),
            found.OursMs, found.PeerMs, found.Ratio, effective, peak, effective / peak);
    }

    /// <summary>Calls every pass of every layer with one image, so that no tier of compilation falls into a measurement.</summary>
    private void CompileEverything(IReadOnlyList<BenchLayer> layers)
    {
        foreach (var layer in layers)
        {
            var data = new ConvolutionData(layer.Shape.WithBatch(1));
            using IConvolutionRunner plain = new PlainRunner(data, settings.Convolution), inside = new BlockedRunner(
                data, settings.Convolution);
            foreach (var runner in new[] { plain, inside })
            {
                foreach (var pass in passes)
                {
                    var watch = Stopwatch.StartNew();
                    for (var call = 0; call < CallsToCompile && watch.Elapsed < s_longestWarmUp; call++) runner.Run(pass);
                }
            }
        }

        _peak.Measure();
        Thread.Sleep(200);
    }
}
