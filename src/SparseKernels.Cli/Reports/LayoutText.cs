namespace SparseKernels.Cli.Reports;

/// <summary>Layouts for people.</summary>
internal static class LayoutText
{
    /// <summary>What a layout is called.</summary>
    public static string NameOf(BlockedLayout layout) => layout switch
    {
        BlockedLayout.BatchBlocked => "batch-blocked",
        BlockedLayout.Planar => "planar",
        _ => "channel-blocked",
    };
}
