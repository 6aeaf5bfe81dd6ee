using System.Diagnostics;
using SparseKernels.Bench.Layers;
using SparseKernels.Bench.Measuring;
using SparseKernels.Bench.Peer;
using SparseKernels.Bench.Reporting;
using SparseKernels.Bench.Sparsity;
using SparseKernels.Isa;

namespace SparseKernels.Bench.Commands;

/// <summary>Checks and times cells of sparse kernels against our dense ones and libtorch's, and reports.</summary>
internal sealed class SparseComparison(SparseSettings settings)
{
    /// <summary>Calls after which the runtime has compiled everything outside the kernels for good.</summary>
    private const int CallsToCompile = 40;

    /// <summary>The packing of weights is measured for the row's time over this.</summary>
    private const int PackingShare = 4;

    private static readonly TimeSpan s_longestWarmUp = TimeSpan.FromSeconds(0.3);

    private readonly RunSettings _run = settings.Run;
    private readonly InterleavedTimer _timer = new(TimeProvider.System);
    private readonly PeakMeter _peak = new(settings.Run.Isa, settings.Run.Threads);

    /// <summary>Runs cases on layers, with random zeros.</summary>
    /// <param name="layers">The layers, any batch.</param>
    /// <param name="cases">The cases.</param>
    /// <param name="targets">What to compare with.</param>
    /// <param name="output">Where the tables go.</param>
    /// <exception cref="InvalidDataException">A sparse result differs from the dense one.</exception>
    public void Run(IReadOnlyList<BenchLayer> layers, IReadOnlyList<SparseCase> cases, SparseTargets targets, TextWriter output)
    {
        var table = Introduce("random zeros, by seed", output, out var hasPeer);
        foreach (var layer in layers)
        {
            var (small, shape) = (layer.Shape.WithBatch(1), layer.Shape.WithBatch(_run.Batch));
            foreach (var cell in cases.Select(one => one.Cell).Distinct())
                Compile(cell, new ConvolutionData(small), new RandomPatterns(small, cell, settings.Group).Draw(0.5, 1));

            var data = new ConvolutionData(shape);
            using var peer = hasPeer ? new TorchRunner(data) : null;
            foreach (var one in cases)
                table.Add(Measure(layer.Name, one, data, new RandomPatterns(shape, one.Cell, settings.Group).Draw(one.FineDensity, one.CoarseDensity), peer));
        }

        new SparseSummary(table.Results, targets).Write(output);
        Save(table);
    }

    /// <summary>Runs cases on the zeros of a training run; weights have random ones.</summary>
    /// <param name="layers">The layers with their patterns.</param>
    /// <param name="cases">The cases; densities are of weights.</param>
    /// <param name="output">Where the tables go.</param>
    /// <exception cref="InvalidDataException">A sparse result differs from the dense one.</exception>
    public void Run(IReadOnlyList<CapturedLayer> layers, IReadOnlyList<SparseCase> cases, TextWriter output)
    {
        var table = Introduce("zeros captured in training, random ones of weights", output, out var hasPeer);
        foreach (var layer in layers)
        {
            var small = layer.Shape.WithBatch(1);
            foreach (var cell in cases.Select(one => one.Cell).Distinct())
                Compile(cell, new ConvolutionData(small), new RandomPatterns(small, cell, settings.Group).Draw(0.5, 1));

            var data = new ConvolutionData(layer.Shape);
            using var peer = hasPeer ? new TorchRunner(data) : null;
            foreach (var one in cases)
            {
                var drawn = new RandomPatterns(layer.Shape, one.Cell, settings.Group).Draw(one.FineDensity, one.CoarseDensity);
                var patterns = layer.PatternsOf(one.Cell.Pass) with { Weight = drawn.Weight };
                var result = Measure(layer.Name, one, data, patterns, peer);
                var row = result.Row with { FineDensity = patterns.DensityOf(one.Cell.Pair.Fine), CoarseDensity = patterns.DensityOf(one.Cell.Pair.Coarse) };
                table.Add(result with { Row = row });
            }
        }

        SparseSummary.WriteMeans(table.Results, output);
        Save(table);
    }

    private SparseTable Introduce(string zeros, TextWriter output, out bool hasPeer)
    {
        var obstacle = settings.WithPeer ? TorchLibrary.TryLoad(_run.Isa, _run.Threads) : "not asked for";
        hasPeer = obstacle is null;
        ComparisonHead.Write(output, _run.Isa, obstacle, alone: $"ours ({InstructionSet.NameOf(_run.Isa)}) alone");
        output.WriteLine(
            $"N = {_run.Batch}, {_run.Threads} thread{(_run.Threads == 1 ? "" : "s")}, fp32, {zeros}; coarse groups of weights: {settings.Group.Channels} channels x {(settings.Group.WholeFilter ? "whole filter" : "filter row")}; " +
            "blocked tensors in and out, looking for zeros and packing of activations inside the time, packing of weights outside; libtorch dense with plain tensors; medians of interleaved rounds");
        output.WriteLine();
        var table = new SparseTable(output);
        table.WriteHeader();
        return table;
    }

    private void Save(SparseTable table)
    {
        if (settings.Peers is not null)
            File.WriteAllText(settings.Peers, PeersTable.Of([.. table.Results.Select(result => result.Row)], PeerFigures.Read(), ProcessorName.Read()));
        if (_run.Json is not null) RatioJson.Write(_run.Json, [.. table.Results.Select(result => result.Row)]);
    }

    private SparseResult Measure(string layer, SparseCase one, ConvolutionData data, OperandPatterns patterns, TorchRunner? peer)
    {
        var shape = data.Shape;
        using var runner = new SparseRunner(one.Cell, data, patterns, settings.Group, settings.LayoutOf(one.Cell), _run.Convolution);
        Agreement.Check(
            $"{layer} {one.Cell.Pass} {one.Cell.Name}", runner.Compute(), runner.ComputeExpected(), data.TermsPerResult(one.Cell.Pass));

        _peak.Reset();
        var actions = new List<Action> { runner.Run, runner.RunDense, runner.RunNothing };
        // The dense peer's time doesn't depend on where the zeros are, so one set of operands serves all cases.
        if (peer is not null) actions.Add(() => peer.Run(one.Cell.Pass));
        var rounds = _timer.Measure(actions, _run.Budget, _peak.Measure);
        var (ms, peak) = (rounds.Milliseconds(0), _peak.Gflops);
        var effective = 2e-6 * shape.MultiplyAdds / ms;
        var left = WorkLeft.Share(shape, one.Cell.Pair, patterns);
        var row = new SparseRow(
            layer, one.Cell.Pass.ToString(), shape.N, _run.Threads, InstructionSet.NameOf(_run.Isa),
            ms, peer is null ? null : rounds.Milliseconds(3), peer is null ? null : rounds.Ratio(3, 0), effective, peak, effective * left / peak,
            one.Cell.Name, one.FineDensity, one.CoarseDensity, rounds.Milliseconds(1), effective * left, effective / peak,
            SparseCommand.NameOf(settings.LayoutOf(one.Cell)));
        var packing = Packing(runner, one.Cell);
        return new SparseResult(
            row, one, shape, rounds.Ratio(1, 0), left, rounds.Ratio(2, 0), packing?.Packing, packing?.Values, runner.WhyDense);
    }

    /// <summary>
    /// Milliseconds that a call takes longer when the weights or their values alone are new; not under zero, which is below what noise lets
    /// one see.
    /// </summary>
    private (double Packing, double Values)? Packing(SparseRunner runner, SparseCell cell)
    {
        if (cell.Pass == ConvolutionPass.BackwardWeights) return null;
        var rounds = _timer.Measure([runner.RepackAndRun, runner.UpdateValuesAndRun, runner.Run], _run.Budget / PackingShare, () => { });
        return (Math.Max(0, rounds.Difference(0, 2)), Math.Max(0, rounds.Difference(1, 2)));
    }

    /// <summary>Calls a cell with one image, so that no tier of compilation falls into a measurement.</summary>
    private void Compile(SparseCell cell, ConvolutionData data, OperandPatterns patterns)
    {
        using var runner = new SparseRunner(cell, data, patterns, settings.Group, settings.LayoutOf(cell), _run.Convolution);
        foreach (Action action in new Action[] { runner.Run, runner.RunDense, runner.RepackAndRun, runner.UpdateValuesAndRun })
        {
            var watch = Stopwatch.StartNew();
            for (var call = 0; call < CallsToCompile && watch.Elapsed < s_longestWarmUp; call++) action();
        }
    }
}
