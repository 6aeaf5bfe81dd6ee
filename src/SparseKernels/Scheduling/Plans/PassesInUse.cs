using SparseKernels.Memory;
using SparseKernels.Passes.DenseGradient;
using SparseKernels.Scheduling.Choice;
using SparseKernels.Sparsity;
using SparseKernels.Tensors;

namespace SparseKernels.Scheduling.Plans;

/// <summary>The passes of a plan for one call: nobody frees them before it is disposed.</summary>
internal readonly unsafe ref struct PassesInUse(PlanPasses passes, Lifetime.Use use)
{
    private readonly Lifetime.Use _use = use;

    public ScheduledTapPass Forward => passes.Forward.Value;

    public ScheduledTapPass BackwardData => passes.BackwardData.Value;

    public ScheduledGradientPass BackwardWeights => passes.BackwardWeights.Value;

    /// <summary>BackwardWeights and the bias gradient, the latter where <paramref name="dbias"/> is not empty.</summary>
    public void RunBackwardWeights(in ImageView x, in ImageView dy, Span<float> dw, Span<float> dbias, SparseOperands? sparse)
    {
        BackwardWeights.Run(in x, in dy, dw, sparse);
        if (dbias.IsEmpty) return;
        fixed (float* bias = dbias) BiasGradient.Run(in dy, passes.Shape.N, bias, passes.Machine.Topology.Threads);
    }

    /// <summary>What chooses for a pass.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such pass.</exception>
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

    /// <summary>Lets go of them.</summary>
    public void Dispose() => _use.Dispose();
}
