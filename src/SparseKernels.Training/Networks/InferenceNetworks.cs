using System.Numerics;
using SparseKernels.Training.Layers;
using SparseKernels.Training.Tensors;

namespace SparseKernels.Training.Networks;

/// <summary>
/// Twins of a network's layers for batches of fewer images than it trains on, each built when first wanted and kept: a small batch needs no
/// more work than its images, and training's tensors stay as they are. Sizes are rounded up to three leading bits (1 to 8, 10, 12, 14, 16,
/// 20 …), so that under a fifth of the work is for nothing and all sizes together hold under seven times the memory of the largest.
/// </summary>
/// <param name="layers">The network's layers.</param>
/// <param name="input">The sizes of one image.</param>
/// <param name="make">Makes the workspace for a number of images.</param>
internal sealed class InferenceNetworks(Layer[] layers, FeatureShape input, Func<int, Workspace> make) : IDisposable
{
    private const int LeadingBits = 3;

    private readonly Dictionary<int, BuiltNetwork> _built = [];

    /// <summary>The number of images that a batch of some is run as.</summary>
    public static int SizeFor(int count)
    {
        var unit = 1 << Math.Max(0, BitOperations.Log2((uint)count) + 1 - LeadingBits);
        return (count + unit - 1) / unit * unit;
    }

    /// <summary>The network for some images.</summary>
    public BuiltNetwork For(int count)
    {
        var size = SizeFor(count);
        if (_built.TryGetValue(size, out var found)) return found;
        return _built[size] = new BuiltNetwork([.. layers.Select(layer => layer.Twin())], input, make(size));
    }

    /// <summary>As <see cref="BuiltNetwork.ForgetChoices"/>, for all of them.</summary>
    public void ForgetChoices()
    {
        foreach (var network in _built.Values) network.ForgetChoices();
    }

    public void Dispose()
    {
        foreach (var network in _built.Values) network.Dispose();
        _built.Clear();
    }
}
