using SparseKernels.Kernels;
using SparseKernels.Sparsity;
using SparseKernels.Tensors;

namespace SparseKernels.Passes.Frame;

/// <summary>One call of Forward or BackwardData, as all its work items see it.</summary>
/// <typeparam name="TScratch">The driver's scratch memory.</typeparam>
/// <typeparam name="TWeights">The weights in the driver's form.</typeparam>
internal unsafe struct TapCall<TScratch, TWeights>
{
    public TScratch Scratch;

    /// <summary>x or dy.</summary>
    public ImageView Input;

    public TWeights Weights;

    /// <summary>The bias by output channel; null for none.</summary>
    public float* Bias;

    /// <summary>What results are limited to, by drivers that do it.</summary>
    public SumLimits Limits;

    /// <summary>Where the sums over what is written are wanted, of drivers that take them; null for nowhere.</summary>
    public ChannelMoments? Moments;

    /// <summary>y or dx.</summary>
    public ImageView Output;

    /// <summary>The elements of the output that are wanted; null where the driver doesn't look.</summary>
    public FineMask? Wanted;
}
