using static TorchSharp.torch;

namespace SparseKernels.TorchSharp.Converting;

/// <summary>As <see cref="PassThrough"/>, in a field that holds a Sequential; it has the modules of the original.</summary>
internal sealed class PassThroughSequential(TorchModules.Sequential original) : TorchModules.Sequential(ChildrenOf.Sequential(original))
{
    /// <inheritdoc/>
    public override Tensor forward(Tensor tensor) => tensor;
}
