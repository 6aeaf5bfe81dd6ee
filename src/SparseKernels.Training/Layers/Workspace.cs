using SparseKernels.Threading;

namespace SparseKernels.Training.Layers;

/// <summary>What the layers of a network share while it is built for one batch size.</summary>
internal sealed class Workspace(int batch, ComputeTopology topology, ulong seed, KernelSchedule? schedule = null, Calibration? calibration = null) : IDisposable
{
    private int _randomLayers;

    public int Batch { get; } = batch;

    public ComputeTopology Topology { get; } = topology;

    public ulong Seed { get; } = seed;

    /// <summary>How convolutions choose their kernels.</summary>
    public KernelSchedule Schedule { get; } = schedule ?? KernelSchedule.Current;

    /// <summary>Training steps taken so far: what random masks derive from.</summary>
    public long Step { get; set; }

    /// <summary>What convolutions predict times from; the machine's own where null.</summary>
    public Calibration? Calibration { get; } = calibration;

    public GradientPool Gradients { get; } = new();

    /// <summary>Who sees what convolutions read; usually nobody.</summary>
    public IConvolutionObserver? Observer { get; set; }

    /// <summary>Numbers the layers that draw random numbers, in the order of the network.</summary>
    public int NextRandomLayer() => _randomLayers++;

    public void Dispose() => Gradients.Dispose();
}
