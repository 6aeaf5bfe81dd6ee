using BenchmarkDotNet.Attributes;
using SparseKernels.Bench.Layers;
using SparseKernels.Bench.Measuring;
using SparseKernels.Threading;

namespace SparseKernels.Bench.Suites;

/// <summary>Whole convolutions, every layer of the shapes file: plain tensors with packing inside the time, and blocked ones.</summary>
[MemoryDiagnoser]
public class ConvolutionSuite
{
    private PlainRunner? _plain;
    private BlockedRunner? _blocked;

    [ParamsSource(nameof(LayerNames))]
    public string Layer { get; set; } = "";

    [Params(16)]
    public int Batch { get; set; }

    [ParamsSource(nameof(ThreadCounts))]
    public int Threads { get; set; }

    public static IEnumerable<string> LayerNames => ShapesFile.Read(ShapesFile.DefaultPath).Select(layer => layer.Name);

    public static IEnumerable<int> ThreadCounts => new[] { 1, ComputeTopology.Default.Threads }.Distinct();

    [GlobalSetup]
    public void Prepare()
    {
        var data = new ConvolutionData(ShapeOf(Layer, Batch));
        var options = new ConvolutionOptions { Topology = ComputeTopology.FromThreads(Threads), Schedule = KernelSchedule.Dense };
        _plain = new PlainRunner(data, options);
        _blocked = new BlockedRunner(data, options);
    }

    [GlobalCleanup]
    public void Release()
    {
        _plain?.Dispose();
        _blocked?.Dispose();
    }

    [Benchmark]
    public void Forward() => _plain!.Run(ConvolutionPass.Forward);

    [Benchmark]
    public void BackwardData() => _plain!.Run(ConvolutionPass.BackwardData);

    [Benchmark]
    public void BackwardWeights() => _plain!.Run(ConvolutionPass.BackwardWeights);

    [Benchmark]
    public void ForwardBlocked() => _blocked!.Run(ConvolutionPass.Forward);

    [Benchmark]
    public void BackwardDataBlocked() => _blocked!.Run(ConvolutionPass.BackwardData);

    [Benchmark]
    public void BackwardWeightsBlocked() => _blocked!.Run(ConvolutionPass.BackwardWeights);

    internal static ConvolutionShape ShapeOf(string layer, int batch) =>
        ShapesFile.Read(ShapesFile.DefaultPath).Single(known => known.Name == layer).Shape.WithBatch(batch);
}
