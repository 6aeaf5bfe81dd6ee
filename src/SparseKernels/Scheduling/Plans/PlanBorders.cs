using SparseKernels.Geometry;

namespace SparseKernels.Scheduling.Plans;

/// <summary>The borders of zeros that a plan's batch-blocked or planar tensors need so that its passes read them where they lie.</summary>
/// <param name="Input">Of x, for Forward and BackwardWeights.</param>
/// <param name="Output">Of dy, for BackwardData.</param>
internal sealed record PlanBorders(Padding2D Input, Padding2D Output)
{
    /// <summary>Those of a shape; none where plain loops serve it, which read what lies inside the images alone.</summary>
    public static PlanBorders Of(ConvolutionShape shape)
    {
        var (forward, backward) = (TapGeometry.Forward(shape, BlockedLayout.BatchBlocked), TapGeometry.BackwardData(shape, BlockedLayout.BatchBlocked));
        var isScattered = forward.IsScattered || backward.IsScattered;
        return new(isScattered ? 0 : forward.Border, backward.IsScattered ? 0 : backward.Border);
    }
}
