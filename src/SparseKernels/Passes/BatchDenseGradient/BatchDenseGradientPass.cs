using SparseKernels.Geometry;
using SparseKernels.Isa;
using SparseKernels.Kernels;
using SparseKernels.Memory;
using SparseKernels.Passes.Frame;
using SparseKernels.Tensors;
using SparseKernels.Threading;

namespace SparseKernels.Passes.BatchDenseGradient;

/// <summary>
/// Runs BackwardWeights with the dense kernels on batch-blocked tensors, where they lie: every weight's gradient is the dot product of a
/// channel of dy with a shifted channel of x. A work item is a group, some of its output channels and a share of the batch.
/// </summary>
internal sealed unsafe class BatchDenseGradientPass : IGradientPass
{
    private const int Block = LaneBlock.Size;

    private readonly TensorPlaces _places;
    private readonly TapGeometry _g;
    private readonly BatchDenseGradientTiling _t;
    private readonly ComputeTopology _topology;
    private readonly IntBuffer _offsets;
    private readonly RentalPool<Scratch> _scratch;

    public BatchDenseGradientPass(ConvolutionShape shape, PlaneStrides strides, PassMachine machine)
    {
        _g = TapGeometry.Forward(shape, BlockedLayout.BatchBlocked);
        _places = new TensorPlaces(_g, strides);
        _topology = machine.Topology;
        _t = new BatchDenseGradientTiling(_places, machine.InstructionSet, _topology.Threads);
        _offsets = new IntBuffer(_t.Rows);
        for (var i = 0; i < _t.Rows; i++)
            _offsets.Pointer[i] = i / _t.Taps.Length * _places.ChannelStep + _places.Offset(_t.Taps[i % _t.Taps.Length]);
        _scratch = new(() => new Scratch(
            3L * _places.MostRuns(_t.BandRows) + (nint)_t.Columns * KernelTable.MaxRows, (nint)_t.Splits * SumsLength, _topology.Threads));
    }

    /// <summary>Serves every shape.</summary>
    public static DenseGradientWay Way { get; } = new(
        "batchdense", BatchDenseGradientTerms.Names, _ => true,
        (shape, strides, machine) => new BatchDenseGradientPass(shape, strides, machine),
        (shape, isa, threads) => new BatchDenseGradientTerms(TapGeometry.Forward(shape, BlockedLayout.BatchBlocked), isa, threads));

    /// <summary>Floats of one share's sums: <c>[output channel][input channel][tap]</c>.</summary>
    private nint SumsLength => (nint)_g.OutTotal * _t.Rows;

    public bool Run(in ImageView x, in ImageView dy, float* dw)
    {
        using var rented = _scratch.Rent();
        var work = new Work { Pass = this, Scratch = rented.Item, X = x, Dy = dy };
        WorkerPool.Shared.Run(ref work, _g.Groups * _t.OutParts * _t.Splits, _topology);
        var write = new WriteWork { Pass = this, Sums = rented.Item.Shared, Dw = dw };
        WorkerPool.Shared.Run(ref write, _g.OutTotal, _topology);
        return !write.FoundNonFinite;
    }

    public void Dispose()
    {
        _scratch.Dispose();
        _offsets.Dispose();
    }

    private struct Work : IWork
    {
        public BatchDenseGradientPass Pass;
        public Scratch Scratch;
        public ImageView X;
        public ImageView Dy;

        public readonly void Do(int item, int worker)
        {
            var (g, t) = (Pass._g, Pass._t);
            var split = item % t.Splits;
            item /= t.Splits;
            var part = item % t.OutParts;
            var group = item / t.OutParts;
            var (firstTile, lastTile) = (t.OutTiles * part / t.OutParts, t.OutTiles * (part + 1) / t.OutParts);
            var sums = Scratch.Shared + split * Pass.SumsLength + (nint)group * g.OutC * t.Rows;
            var (firstOut, lastOut) = (firstTile * t.Columns, Math.Min(g.OutC, lastTile * t.Columns));
            new Span<float>(sums + (nint)firstOut * t.Rows, (lastOut - firstOut) * t.Rows).Clear();
            var (first, last) = ((int)((long)t.PixelBlocks * split / t.Splits), (int)((long)t.PixelBlocks * (split + 1) / t.Splits));
            var runs = (int*)Scratch.Of(worker);
            for (var i = first; i < last; i++)
            {
                var (image, row) = (i / t.Bands * Block, i % t.Bands * t.BandRows);
                DotArguments a = default;
                a.Runs = runs;
                a.RunCount = Pass._places.FillRuns(runs, Dy.Strides.Row, Math.Min(t.BandRows, g.OutH - row));
                a.VStep = Dy.Strides.Channel;
                a.SumStep = t.Rows;
                a.X = X.Row(image, group * g.InC, 0) + Pass._places.Start + (nint)row * Pass._places.RowStep;
                for (var c = 0; c < g.InC; c += t.ChunkChannels)
                {
                    var (firstRow, lastRow) = (c * t.Taps.Length, Math.Min(g.InC, c + t.ChunkChannels) * t.Taps.Length);
                    for (var k = firstOut; k < lastOut; k += t.Columns)
                    {
                        a.V = Dy.Row(image, group * g.OutC + k, row);
                        a.Sums = sums + (nint)k * t.Rows;
                        Sum(a, firstRow, lastRow, Math.Min(t.Columns, lastOut - k), (float*)(runs + 3 * Pass._places.MostRuns(t.BandRows)));
                    }
                }
            }
        }

        /// <summary>Adds up some rows' sums, in calls of as even numbers of rows as can be.</summary>
        private readonly void Sum(DotArguments a, int firstRow, int lastRow, int columns, float* spare)
        {
            var t = Pass._t;
            var count = lastRow - firstRow;
            var plain = a.Sums;
            var calls = (count + KernelTable.MaxRows - 1) / KernelTable.MaxRows;
            for (var call = 0; call < calls; call++)
            {
                var first = firstRow + count * call / calls;
                var rows = firstRow + count * (call + 1) / calls - first;
                a.XOffsets = Pass._offsets.Pointer + first;
                var kernel = (delegate*<DotArguments*, void>)t.Kernels[rows - 1].Function;
                if (columns == t.Columns)
                {
                    a.Sums = plain + first;
                    kernel(&a);
                    continue;
                }

                // The last tile's columns past the last channel would lie past dy: they are others' again, and their sums are left.
                var wide = a;
                wide.VStep = 0;
                wide.SumStep = KernelTable.MaxRows;
                wide.Sums = spare;
                for (var column = 0; column < columns; column++, wide.V += a.VStep)
                {
                    new Span<float>(spare, t.Columns * KernelTable.MaxRows).Clear();
                    kernel(&wide);
                    for (var i = 0; i < rows; i++) plain[(nint)column * t.Rows + first + i] += spare[i];
                }
            }
        }
    }

    /// <summary>Adds up the shares of one output channel's weights in ascending order.</summary>
    private struct WriteWork : IWork
    {
        public BatchDenseGradientPass Pass;
        public float* Sums;
        public float* Dw;
        public bool FoundNonFinite;

        public void Do(int item, int worker)
        {
            var (shape, t) = (Pass._g.Shape, Pass._t);
            var weights = shape.R * shape.S;
            var to = Dw + (nint)item * shape.GroupC * weights;
            var isFinite = true;
            if (t.Taps.Length < weights) new Span<float>(to, shape.GroupC * weights).Clear();
            for (var i = 0; i < t.Rows; i++)
            {
                var from = Sums + (nint)item * t.Rows + i;
                var sum = *from;
                for (var split = 1; split < t.Splits; split++) sum += from[split * Pass.SumsLength];
                var tap = t.Taps[i % t.Taps.Length];
                to[i / t.Taps.Length * weights + tap.R * shape.S + tap.S] = sum;
                isFinite &= float.IsFinite(sum);
            }

            if (!isFinite) FoundNonFinite = true;
        }
    }
}
