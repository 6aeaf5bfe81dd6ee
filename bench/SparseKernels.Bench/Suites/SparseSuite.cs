using System.Globalization;
using BenchmarkDotNet.Attributes;
using SparseKernels.Bench.Measuring;
using SparseKernels.Bench.Sparsity;
using SparseKernels.Threading;

namespace SparseKernels.Bench.Suites;

/// <summary>
/// The cases of <c>targets.txt</c> with random zeros, on a 3×3 and a 1×1 layer: sparse kernels beside the dense ones on the same data.
/// </summary>
[MemoryDiagnoser]
public class SparseSuite
{
    private SparseRunner? _runner;

    [Params("128-128-14-3x3", "256-256-14-1x1")]
    public string Layer { get; set; } = "";

    [ParamsSource(nameof(CaseNames))]
    public string Case { get; set; } = "";

    [Params(16)]
    public int Batch { get; set; }

    public static IEnumerable<string> CaseNames => Cases().Keys;

    [GlobalSetup]
    public void Prepare()
    {
        var one = Cases()[Case];
        var shape = ConvolutionSuite.ShapeOf(Layer, Batch);
        var group = new WeightGroup(64, WholeFilter: true);
        var patterns = new RandomPatterns(shape, one.Cell, group).Draw(one.FineDensity, one.CoarseDensity);
        _runner = new SparseRunner(
            one.Cell, new ConvolutionData(shape), patterns, group, one.Cell.Layout,
            new ConvolutionOptions { Topology = ComputeTopology.FromThreads(1) });
    }

    [GlobalCleanup]
    public void Release() => _runner?.Dispose();

    [Benchmark]
    public void Sparse() => _runner!.Run();

    [Benchmark(Baseline = true)]
    public void Dense() => _runner!.RunDense();

    /// <summary>Every case by its name: pass, cell, fine and coarse density.</summary>
    private static Dictionary<string, SparseCase> Cases()
    {
        var targets = SparseTargets.Read(SparseTargets.DefaultPath);
        return SparseCases.Single(targets).Concat(SparseCases.Pairs(targets)).Distinct().ToDictionary(
            one => string.Create(CultureInfo.InvariantCulture, $"{one.Cell.Pass} {one.Cell.Name} {one.FineDensity} {one.CoarseDensity}"));
    }
}
