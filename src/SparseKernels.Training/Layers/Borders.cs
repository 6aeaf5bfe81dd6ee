namespace SparseKernels.Training.Layers;

/// <summary>The borders of layers' tensors.</summary>
internal static class Borders
{
    /// <summary>Pixels of a border at most: wider ones would hold more zeros than images hold pixels.</summary>
    private const int MostPixels = 8;

    /// <summary>Whether a border is narrow enough to be carried around every tensor.</summary>
    public static bool AreNarrow(Padding2D border) => Math.Max(Math.Max(border.Top, border.Bottom), Math.Max(border.Left, border.Right)) <= MostPixels;

    /// <summary>The layout that a chain changes over to.</summary>
    public static BlockedLayout Other(BlockedLayout layout) =>
        layout == BlockedLayout.ChannelBlocked ? BlockedLayout.BatchBlocked : BlockedLayout.ChannelBlocked;

    /// <summary>On each side as wide as the widest of some layers.</summary>
    public static Padding2D Widest(IEnumerable<Layer> layers)
    {
        Padding2D widest = 0;
        foreach (var layer in layers)
        {
            var border = layer.Border;
            widest = new(
                Math.Max(widest.Top, border.Top), Math.Max(widest.Bottom, border.Bottom), Math.Max(widest.Left, border.Left),
                Math.Max(widest.Right, border.Right));
        }

        return widest;
    }
}
