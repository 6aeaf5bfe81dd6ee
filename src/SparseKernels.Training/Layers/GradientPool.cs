using SparseKernels.Tensors;

namespace SparseKernels.Training.Layers;

/// <summary>
/// Buffers that gradients pass through on their way down a network. The one returned last is rented first, so that a gradient is
/// written where the cache still holds the one before. Nothing is allocated once every size has been seen.
/// </summary>
/// <param name="layout">How they lie.</param>
/// <param name="border">Their border.</param>
internal sealed class GradientPool(BlockedLayout layout, Padding2D border) : IDisposable
{
    private readonly List<BlockedTensor> _all = [];
    private readonly List<BlockedTensor> _free = [];

    /// <summary>A tensor whose zero lanes and border are zero and whose other contents are left over from its last use.</summary>
    public BlockedTensor Rent(int n, int c, int h, int w)
    {
        for (var i = _free.Count - 1; i >= 0; i--)
        {
            var candidate = _free[i];
            if ((candidate.N, candidate.C, candidate.H, candidate.W) != (n, c, h, w)) continue;
            _free.RemoveAt(i);
            return candidate;
        }

        var made = new BlockedTensor(n, c, h, w, layout, border);
        _all.Add(made);
        // Room for all of them, so that returning one later never grows the list.
        _free.EnsureCapacity(_all.Count);
        return made;
    }

    /// <summary>A tensor of another's sizes.</summary>
    public BlockedTensor RentLike(BlockedTensor tensor) => Rent(tensor.N, tensor.C, tensor.H, tensor.W);

    public void Return(BlockedTensor tensor) => _free.Add(tensor);

    public void Dispose()
    {
        foreach (var tensor in _all) tensor.Dispose();
        _all.Clear();
        _free.Clear();
    }
}
