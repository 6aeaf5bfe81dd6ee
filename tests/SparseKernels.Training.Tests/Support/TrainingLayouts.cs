namespace SparseKernels.Training.Tests.Support;

/// <summary>The layouts that every layer runs in, forward and back; planar tensors are of inference alone.</summary>
internal static class TrainingLayouts
{
    public static BlockedLayout[] All { get; } = [BlockedLayout.ChannelBlocked, BlockedLayout.BatchBlocked];
}
