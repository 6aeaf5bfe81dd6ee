namespace SparseKernels.Training.Layers;

/// <summary>The borders of layers' tensors.</summary>
internal static class Borders
{
    /// <summary>Pixels of a border at most: wider ones would hold more zeros than images hold pixels.</summary>
    private const int MostPixels = 8;

    /// <summary>Whether a border is narrow enough to be carried around every tensor.</summary>
    public static bool AreNarrow(Padding2D border) => Math.Max(Math.Max(border.Top, border.Bottom), Math.Max(border.Left, border.Right)) <= MostPixels;

    /// <summary>The border of a network's tensors in a layout: on each side as wide as the widest that some layer reads in place.</summary>
    public static Padding2D Of(IEnumerable<Layer> layers, BlockedLayout layout) => layout switch
    {
        BlockedLayout.BatchBlocked => Widest(layers),
        BlockedLayout.Planar => Widest(layers.Select(layer => layer.PlanarBorder)),
        _ => 0,
    };

    /// <summary>On each side as wide as the widest of some layers, batch-blocked.</summary>
    public static Padding2D Widest(IEnumerable<Layer> layers) => Widest(layers.Select(layer => layer.Border));

    private static Padding2D Widest(IEnumerable<Padding2D> borders)
    {
        Padding2D widest = 0;
        foreach (var border in borders)
        {
            widest = new(
                Math.Max(widest.Top, border.Top), Math.Max(widest.Bottom, border.Bottom), Math.Max(widest.Left, border.Left),
                Math.Max(widest.Right, border.Right));
        }

        return widest;
    }
}
