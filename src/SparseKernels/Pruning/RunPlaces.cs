using SparseKernels.Isa;
using SparseKernels.Sparsity;

namespace SparseKernels.Pruning;

/// <summary>
/// The runs of a layer that are compared with each other: a run for each block of output channels (usually one channel) at each place (an
/// input channel's whole filter, usually). Runs at one place are compared, and only those of one convolution group. Places come in slices
/// of 16, which a kernel's lanes take side by side.
/// </summary>
internal sealed class RunPlaces
{
    /// <summary>Places of a slice.</summary>
    public const int Slice = LaneBlock.Size;

    private readonly WeightPattern _mask;
    private readonly ReadOnlyMemory<float> _weights;
    private readonly CoarseRuns _runs;

    /// <summary>Where in its run a column stands.</summary>
    private readonly int[] _placeOf;
    private readonly int _rowLength;

    /// <param name="mask">The layer's mask.</param>
    /// <param name="weights">Its weights.</param>
    /// <param name="layer">Its number, by which rounds and channels are drawn.</param>
    /// <param name="group">The shape of a run.</param>
    public RunPlaces(WeightPattern mask, ReadOnlyMemory<float> weights, int layer, CoarseGroup group)
    {
        (_mask, _weights, Layer, _runs) = (mask, weights, layer, new CoarseRuns(mask.Shape, group));
        _placeOf = new int[_runs.RowLength];
        var next = new int[_runs.Runs];
        for (var column = 0; column < _placeOf.Length; column++) _placeOf[column] = next[_runs.RunOf[column]]++;
        _rowLength = next.Max();
        GroupOf = new int[_runs.Blocks];
        for (var block = 0; block < GroupOf.Length; block++)
        {
            var first = block * _runs.Rows / mask.Shape.GroupK;
            GroupOf[block] = (block * _runs.Rows + _runs.RowsOf(block) - 1) / mask.Shape.GroupK == first ? first : -1;
        }
    }

    /// <summary>The layer's number.</summary>
    public int Layer { get; }

    /// <summary>The convolution group of each block, or −1 if it has channels of two.</summary>
    public int[] GroupOf { get; }

    public int Blocks => _runs.Blocks;

    public int Places => _runs.Runs;

    public int Slices => (Places + Slice - 1) / Slice;

    /// <summary>Weights of the largest run.</summary>
    public int Length => _rowLength * Math.Min(_runs.Rows, _mask.Shape.K);

    /// <summary>Pairs of blocks, at each place, that lie in the same convolution group.</summary>
    public long PairsOf(IEnumerable<int> blocks) =>
        blocks.Select(block => GroupOf[block]).Where(group => group >= 0).CountBy(group => group).Sum(
            group => (long)group.Value * (group.Value - 1) / 2);

    public int PlacesOf(int slice) => Math.Min(Slice, Places - slice * Slice);

    /// <summary>
    /// The slices of a round, in the order of their places: all slices come once in the rounds of a period, in another order each period.
    /// </summary>
    public int[] SlicesOf(SimilarityRule rule)
    {
        if (rule.Round >= rule.Rounds) return [];
        var order = ChannelSample.Shuffled(Slices, new SplitMix64(rule.Seed, (ulong)Layer, ~(ulong)rule.Period));
        var slices = order[First(rule.Round)..First(rule.Round + 1)];
        Array.Sort(slices);
        return slices;

        // Of few slices the first rounds have one each: later ones may not come.
        int First(int round) => (int)((((long)Slices * round) + rule.Rounds - 1) / rule.Rounds);
    }

    /// <summary>
    /// Runs of a block at some places side by side, <c>[weight][place]</c>, scaled to length one, or zero where there are too few weights
    /// for a direction.
    /// </summary>
    /// <param name="block">The block.</param>
    /// <param name="firstPlace">The first place.</param>
    /// <param name="count">Places; at most 16.</param>
    /// <param name="minimumLive">Live weights of a run that has a direction.</param>
    /// <param name="to"><c>[Length, 16]</c>, all zero.</param>
    /// <param name="norms">A length for each place.</param>
    public void Pack(int block, int firstPlace, int count, int minimumLive, Span<float> to, Span<float> norms)
    {
        var w = _weights.Span;
        Span<double> squares = stackalloc double[Slice];
        Span<int> live = stackalloc int[Slice];
        squares.Clear();
        live.Clear();
        var (firstColumn, endColumn) = _runs.ColumnsOf(firstPlace, count);
        for (var row = 0; row < _runs.RowsOf(block); row++)
        {
            var start = (block * _runs.Rows + row) * _runs.RowLength;
            var end = start + endColumn;
            for (var i = _mask.NextLive(start + firstColumn, end); i < end; i = _mask.NextLive(i + 1, end))
            {
                var lane = _runs.RunOf[i - start] - firstPlace;
                if ((uint)lane >= (uint)count) continue;
                to[(row * _rowLength + _placeOf[i - start]) * Slice + lane] = w[i];
                squares[lane] += (double)w[i] * w[i];
                live[lane]++;
            }
        }

        for (var lane = 0; lane < Slice; lane++)
        {
            var norm = Math.Sqrt(squares[lane]);
            norms[lane] = (float)norm;
            var scale = norm > 0 && live[lane] >= minimumLive ? 1 / norm : 0;
            for (var i = lane; i < to.Length; i += Slice) to[i] = (float)(to[i] * scale);
        }
    }

    /// <summary>The weights of runs that go.</summary>
    /// <param name="goes">A byte for each block and place, not 0 where the run goes.</param>
    public IEnumerable<int> WeightsOf(byte[] goes)
    {
        for (var block = 0; block < Blocks; block++)
        {
            var start = block * Places;
            if (goes.AsSpan(start, Places).IndexOfAnyExcept((byte)0) < 0) continue;
            var first = block * _runs.Rows;
            for (var k = first; k < first + _runs.RowsOf(block); k++)
            {
                for (var column = 0; column < _runs.RowLength; column++)
                {
                    if (goes[start + _runs.RunOf[column]] != 0) yield return k * _runs.RowLength + column;
                }
            }
        }
    }
}
