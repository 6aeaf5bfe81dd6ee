using SparseKernels.Pruning;

namespace SparseKernels.Training.Tests.Support;

/// <summary>Another strategy, for which every step computes the gradients of pruned weights too: masks alone hold these at zero then.</summary>
internal sealed class WholeGradients(IPruningStrategy inner) : WrappedStrategy(inner)
{
    public override bool NeedsDenseGradients(long step) => true;
}
