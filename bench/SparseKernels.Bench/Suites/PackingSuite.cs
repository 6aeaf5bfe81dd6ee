using BenchmarkDotNet.Attributes;
using SparseKernels.Bench.Measuring;
using SparseKernels.Tensors;
using SparseKernels.Threading;

namespace SparseKernels.Bench.Suites;

/// <summary>Conversions between plain and blocked tensors, and the packing of weights, at a layer's sizes.</summary>
[MemoryDiagnoser]
public class PackingSuite
{
    private ConvolutionData? _data;
    private float[] _plain = [];
    private BlockedTensor? _channels, _images;
    private ConvolutionPlan? _plan;
    private PackedWeights? _weights;

    [Params("64-64-28-3x3", "512-512-7-3x3", "3-64-32-3x3", "64-256-56-1x1")]
    public string Layer { get; set; } = "";

    [Params(16)]
    public int Batch { get; set; }

    [GlobalSetup]
    public void Prepare()
    {
        var shape = ConvolutionSuite.ShapeOf(Layer, Batch);
        _data = new ConvolutionData(shape);
        _plain = new float[shape.InputLength];
        _channels = new BlockedTensor(shape.N, shape.C, shape.H, shape.W, BlockedLayout.ChannelBlocked);
        _images = new BlockedTensor(shape.N, shape.C, shape.H, shape.W, BlockedLayout.BatchBlocked);
        _plan = new ConvolutionPlan(shape, new ConvolutionOptions { Topology = ComputeTopology.FromThreads(1) });
        _weights = _plan.CreatePackedWeights();
    }

    [GlobalCleanup]
    public void Release()
    {
        foreach (var owned in new IDisposable?[] { _weights, _plan, _channels, _images }) owned?.Dispose();
    }

    [Benchmark]
    public void PlainToChannelBlocked() => _channels!.CopyFromNchw(_data!.X);

    [Benchmark]
    public void ChannelBlockedToPlain() => _channels!.CopyToNchw(_plain);

    [Benchmark]
    public void PlainToBatchBlocked() => _images!.CopyFromNchw(_data!.X);

    [Benchmark]
    public void BatchBlockedToPlain() => _images!.CopyToNchw(_plain);

    [Benchmark]
    public void ChannelBlockedToBatchBlocked() => _channels!.CopyTo(_images!);

    [Benchmark]
    public void BatchBlockedToChannelBlocked() => _images!.CopyTo(_channels!);

    [Benchmark]
    public void UpdateWeights() => _weights!.Update(_data!.W);
}
