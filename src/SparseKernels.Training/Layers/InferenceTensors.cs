using SparseKernels.Tensors;

namespace SparseKernels.Training.Layers;

/// <summary>
/// Memory of the tensors between the layers of an inference network: what no layer reads any more is another tensor's, of other sizes too, so that a
/// network needs little more than its widest place and stays in the caches. Asked while the layers are built, in their order.
/// </summary>
/// <param name="layout">How the tensors lie.</param>
/// <param name="border">Their border.</param>
internal sealed class InferenceTensors(BlockedLayout layout, Padding2D border) : IDisposable
{
    /// <summary>
    /// Floats from which on tensors of different sizes take turns: smaller ones stay in L2, and to clear what lies beside their elements would cost
    /// more than it saves.
    /// </summary>
    private const int FewestShared = 64 * 1024;

    private readonly List<Piece> _pieces = [];

    /// <summary>Bytes of all pieces.</summary>
    public long Bytes => _pieces.Sum(piece => piece.Floats * sizeof(float));

    /// <summary>
    /// A tensor in memory that is free: where a tensor of these sizes was last, or in the smallest piece that is large enough, or in a new one.
    /// </summary>
    public BlockedTensor Rent(int n, int c, int h, int w)
    {
        var sizes = (n, c, h, w);
        var piece = _pieces.FindLast(piece => piece.IsFree && piece.Has(sizes));

        // The lanes of a batch-blocked tensor's images would have to be cleared, which is most of it.
        var floats = BlockedTensor.LengthOf(n, c, h, w, layout, border);
        if (piece is null && layout != BlockedLayout.BatchBlocked && floats >= FewestShared)
            piece = _pieces.Where(piece => piece.IsFree && piece.Floats >= floats).MinBy(piece => piece.Floats);
        if (piece is null) _pieces.Add(piece = new Piece(new BlockedTensor(n, c, h, w, layout, border)));
        return piece.Take(sizes);
    }

    /// <summary>Gives a tensor's memory to those that are rented from now on.</summary>
    public void Return(BlockedTensor tensor)
    {
        var piece = PieceOf(tensor);
        piece.IsFree = true;
        _pieces.Remove(piece);
        _pieces.Add(piece);
    }

    /// <summary>Whether tensors of other sizes have had a tensor's memory, so that its writer must clear what it doesn't write.</summary>
    public bool IsShared(BlockedTensor tensor) => PieceOf(tensor).IsShared;

    public void Dispose()
    {
        foreach (var piece in _pieces) piece.Dispose();
        _pieces.Clear();
    }

    private Piece PieceOf(BlockedTensor tensor) => _pieces.Find(piece => piece.Holds(tensor)) ?? throw new ArgumentException("not of this memory.", nameof(tensor));

    /// <summary>Memory, and the tensors that take turns in it.</summary>
    private sealed class Piece(BlockedTensor first) : IDisposable
    {
        private readonly List<BlockedTensor> _tensors = [first];

        public long Floats => first.Length;

        public bool IsFree { get; set; } = true;

        public bool IsShared => _tensors.Count > 1;

        public bool Has((int N, int C, int H, int W) sizes) => Find(sizes) is not null;

        public bool Holds(BlockedTensor tensor) => _tensors.Contains(tensor);

        public BlockedTensor Take((int N, int C, int H, int W) sizes)
        {
            IsFree = false;
            if (Find(sizes) is { } known) return known;
            var tensor = first.InItsMemory(sizes.N, sizes.C, sizes.H, sizes.W);
            _tensors.Add(tensor);
            return tensor;
        }

        public void Dispose() => first.Dispose();

        private BlockedTensor? Find((int N, int C, int H, int W) sizes) => _tensors.Find(tensor => (tensor.N, tensor.C, tensor.H, tensor.W) == sizes);
    }
}
