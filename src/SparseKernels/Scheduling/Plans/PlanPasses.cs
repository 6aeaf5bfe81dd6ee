using SparseKernels.Geometry;
using SparseKernels.Passes.DenseGradient;
using SparseKernels.Passes.Frame;
using SparseKernels.Scheduling.Choice;
using SparseKernels.Scheduling.Cost;
using SparseKernels.Sparsity;
using SparseKernels.Tensors;

namespace SparseKernels.Scheduling.Plans;

/// <summary>The passes of a plan, each made when first asked for: what is behind the door's checks.</summary>
/// <param name="shape">The sizes.</param>
/// <param name="machine">Instruction set and threads.</param>
/// <param name="schedule">How kernels are chosen.</param>
/// <param name="model">What predicts times.</param>
/// <param name="owner">What the caller knows as disposed.</param>
internal sealed unsafe class PlanPasses(ConvolutionShape shape, PassMachine machine, KernelSchedule schedule, Lazy<ICostModel> model, string owner) : IDisposable
{
    private readonly Lazy<ScheduledTapPass> _forward = new(
        () => new ScheduledTapPass(TapGeometry.Forward(shape), machine, schedule, model.Value));
    private readonly Lazy<ScheduledTapPass> _backwardData = new(
        () => new ScheduledTapPass(TapGeometry.BackwardData(shape), machine, schedule, model.Value));
    private readonly Lazy<ScheduledGradientPass> _backwardWeights = new(
        () => new ScheduledGradientPass(shape, machine, schedule, model.Value));
    private volatile bool _disposed;

    /// <exception cref="ObjectDisposedException">The plan is disposed.</exception>
    public ScheduledTapPass Forward
    {
        get
        {
            CheckAlive();
            return _forward.Value;
        }
    }

    /// <exception cref="ObjectDisposedException">The plan is disposed.</exception>
    public ScheduledTapPass BackwardData
    {
        get
        {
            CheckAlive();
            return _backwardData.Value;
        }
    }

    /// <exception cref="ObjectDisposedException">The plan is disposed.</exception>
    public ScheduledGradientPass BackwardWeights
    {
        get
        {
            CheckAlive();
            return _backwardWeights.Value;
        }
    }

    /// <summary>BackwardWeights and the bias gradient, the latter where <paramref name="dbias"/> is not empty.</summary>
    public void RunBackwardWeights(in ImageView x, in ImageView dy, Span<float> dw, Span<float> dbias, SparseOperands? sparse)
    {
        BackwardWeights.Run(in x, in dy, dw, sparse);
        if (dbias.IsEmpty) return;
        fixed (float* bias = dbias) BiasGradient.Run(in dy, shape.N, bias, machine.Topology.Threads);
    }

    /// <summary>What chooses for a pass.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such pass.</exception>
    /// <exception cref="ObjectDisposedException">The plan is disposed.</exception>
    public PassScheduler SchedulerOf(ConvolutionPass pass) => pass switch
    {
        ConvolutionPass.Forward => Forward.Scheduler,
        ConvolutionPass.BackwardData => BackwardData.Scheduler,
        ConvolutionPass.BackwardWeights => BackwardWeights.Scheduler,
        _ => throw new ArgumentOutOfRangeException(nameof(pass), pass, "not a pass."),
    };

    /// <summary>The kernels that serve a pair, or why none do.</summary>
    public (IEnumerable<string>? Kernels, string? WhyDense) KernelsOf(ConvolutionPass pass, OperandPair pair)
    {
        if (pass == ConvolutionPass.BackwardWeights)
        {
            var gradient = BackwardWeights.Of(pair);
            return (gradient.Pass?.KernelIds, gradient.WhyDense);
        }

        var tap = (pass == ConvolutionPass.Forward ? Forward : BackwardData).Of(pair);
        return (tap.Pass?.KernelIds, tap.WhyDense);
    }

    /// <summary>Frees scratch memory. Calling it again does nothing. No call may be running.</summary>
    public void Dispose()
    {
        _disposed = true;
        if (_forward.IsValueCreated) _forward.Value.Dispose();
        if (_backwardData.IsValueCreated) _backwardData.Value.Dispose();
        if (_backwardWeights.IsValueCreated) _backwardWeights.Value.Dispose();
    }

    private void CheckAlive()
    {
        if (_disposed) throw new ObjectDisposedException(owner);
    }
}
