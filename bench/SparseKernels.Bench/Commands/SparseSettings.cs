using SparseKernels.Bench.Sparsity;

namespace SparseKernels.Bench.Commands;

/// <summary>What the user asked of <c>ratios sparse</c>.</summary>
/// <param name="Run">What every comparison takes.</param>
/// <param name="Group">The groups in which weights are coarsely zero.</param>
/// <param name="WithPeer">Whether libtorch is measured too.</param>
/// <param name="Layout">How tensors lie; null for the layout whose kernels skip the cell's fine side.</param>
/// <param name="Peers">Where the table of others' figures beside ours goes; null for nowhere.</param>
internal sealed record SparseSettings(RunSettings Run, WeightGroup Group, bool WithPeer, BlockedLayout? Layout = null, string? Peers = null)
{
    /// <summary>How a cell's tensors lie.</summary>
    public BlockedLayout LayoutOf(SparseCell cell) => Layout ?? cell.Layout;
}
