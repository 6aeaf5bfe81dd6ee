using SparseKernels.Kernels;
using SparseKernels.Memory;
using SparseKernels.Packing;
using SparseKernels.Sparsity;
using SparseKernels.Threading;

namespace SparseKernels.Scheduling;

/// <summary>
/// Runs BackwardWeights for the weights that a pattern wants, one by one: each is the dot product of a channel of dy with a shifted channel
/// of x; up to six of one output channel share the loads of dy. A work item is a share of x's and of dy's channels and of the batch. For
/// each band it packs its channels of dy, then block after block of x's, and sums every wanted weight of the block. Channels of x
/// or dy that are zero in a band (whichever is the coarse side) drop their weights there.
/// </summary>
internal sealed unsafe class MaskedWeightGradientPass : ISparseWeightGradientPass
{
    private const int Block = BlockedTensor.Block;

    private readonly TapGeometry _g;
    private readonly MaskedWeightGradientTiling _t;
    private readonly Operand _coarse;
    private readonly ComputeTopology _topology;
    private readonly RentalPool<Call> _calls;

    /// <summary>By rows − 1.</summary>
    private readonly KernelEntry[] _kernels;

    public MaskedWeightGradientPass(ConvolutionShape shape, Operand coarse, ConvolutionOptions options)
    {
        (_g, _coarse, _topology) = (TapGeometry.Forward(shape), coarse, options.Topology);
        _t = new MaskedWeightGradientTiling(_g, _topology.Threads);
        _kernels = Enumerable.Range(1, KernelTable.MaxRows).Select(rows => KernelTable.Find(KernelFamily.Sddmm, options.InstructionSet, rows, Block)).ToArray();
        _calls = new(() => new Call(this));
    }

    public IEnumerable<string> KernelIds => _kernels.Select(kernel => kernel.Id);

    /// <summary>Output channels of one item at most.</summary>
    private int OutChannels => (_g.OutC + _t.OutGroups - 1) / _t.OutGroups;

    /// <summary>Floats from one window of dy to the next.</summary>
    private nint OutWindowStep => (nint)OutChannels * _t.OutStep;

    public void Run(in ImageView x, in ImageView dy, float* dw, WeightPattern? wanted)
    {
        var call = _calls.Rent();
        try
        {
            call.Wanted.Update(wanted!);
            var work = new Work { Pass = this, Call = call, X = x, Dy = dy };
            WorkerPool.Shared.Run(ref work, call.Wanted.WorkBefore, _topology);
            var write = new WriteWork { Pass = this, Wanted = call.Wanted, Dw = dw };
            WorkerPool.Shared.Run(ref write, _g.Groups * _g.OutC, _topology);
        }
        finally
        {
            _calls.Return(call);
        }
    }

    public void Dispose()
    {
        _calls.Dispose();
    }

    /// <summary>What one call owns. A worker's scratch: packed x, packed dy, what packing needs, the runs of a dot product, x's live channels, and their weights: offsets, places and sums.</summary>
    private sealed class Call : IDisposable
    {
        public Call(MaskedWeightGradientPass pass)
        {
            var t = pass._t;
            DyOffset = (nint)t.Windows * t.WindowStep;
            PackingOffset = DyOffset + t.Windows * pass.OutWindowStep;
            var packing = t.LanesAreImages
                ? pass._g.InStepW > 1 ? Block * (nint)t.PackedRows * t.WindowColumns * Block : 0
                : Block * (nint)Math.Max(pass._g.InW, pass._g.OutW);
            RunsOffset = PackingOffset + packing;
            LiveOffset = RunsOffset + 3 * (nint)t.Windows * t.BandRows;
            LiveWeightsOffset = LiveOffset + t.BlockChannels;
            Scratch = new Scratch(LiveWeightsOffset + 3 * (nint)t.MostWeights, 0, pass._topology.Threads);
            Wanted = new WantedWeights(pass._g, t);
        }

        public nint DyOffset { get; }

        public nint PackingOffset { get; }

        public nint RunsOffset { get; }

        public nint LiveOffset { get; }

        public nint LiveWeightsOffset { get; }

        public Scratch Scratch { get; }

        public WantedWeights Wanted { get; }

        public void Dispose()
        {
            Scratch.Dispose();
            Wanted.Dispose();
        }
    }

    private struct Work : IWork
    {
        public MaskedWeightGradientPass Pass;
        public Call Call;
        public ImageView X;
        public ImageView Dy;

        public readonly void Do(int item, int worker) => new Item(in this, worker, Pass._t.ItemOf(item)).Run();
    }

    /// <summary>Adds up the shares of one output channel's weights in ascending order.</summary>
    private struct WriteWork : IWork
    {
        public MaskedWeightGradientPass Pass;
        public WantedWeights Wanted;
        public float* Dw;

        public readonly void Do(int item, int worker)
        {
            var (g, t) = (Pass._g, Pass._t);
            new Span<float>(Dw + (nint)item * g.InC * g.TapCount, g.InC * g.TapCount).Clear();
            for (var block = 0; block < t.ChannelBlocks; block++)
            {
                var starts = Wanted.Starts(item / g.OutC, block) + item % g.OutC;
                for (var i = starts[0]; i < starts[1]; i++)
                {
                    var sum = Wanted.Sums(0)[i];
                    for (var split = 1; split < t.Splits; split++) sum += Wanted.Sums(split)[i];
                    Dw[Wanted.Indexes[i]] = sum;
                }
            }
        }
    }

    /// <summary>One work item.</summary>
    private readonly ref struct Item
    {
        private readonly ref readonly Work _work;
        private readonly MaskedWeightGradientPass _pass;
        private readonly TapGeometry _g;
        private readonly MaskedWeightGradientTiling _t;
        private readonly WantedWeights _wanted;
        private readonly float* _x;
        private readonly float* _dy;
        private readonly float* _packing;
        private readonly int* _runs;

        /// <summary>By channel of the packed block: 1 if it has a non-zero, else 0.</summary>
        private readonly int* _live;

        private readonly int* _liveOffsets;

        private readonly float* _sums;
        private readonly int _group;
        private readonly int _firstBlock;
        private readonly int _lastBlock;
        private readonly int _firstOut;
        private readonly int _lastOut;
        private readonly int _firstPixels;
        private readonly int _lastPixels;

        public Item(ref readonly Work work, int worker, MaskedWeightGradientShare share)
        {
            _work = ref work;
            var call = work.Call;
            (_pass, _g, _t, _wanted) = (work.Pass, work.Pass._g, work.Pass._t, call.Wanted);
            _x = call.Scratch.Of(worker);
            _dy = _x + call.DyOffset;
            _packing = _x + call.PackingOffset;
            _runs = (int*)(_x + call.RunsOffset);
            _live = (int*)(_x + call.LiveOffset);
            _liveOffsets = (int*)(_x + call.LiveWeightsOffset);
            _sums = _wanted.Sums(share.Split);
            _group = share.Group;
            (_firstBlock, _lastBlock, _firstOut, _lastOut) = (share.FirstBlock, share.LastBlock, share.FirstOut, share.LastOut);
            _firstPixels = (int)((long)_t.PixelBlocks * share.Split / _t.Splits);
            _lastPixels = (int)((long)_t.PixelBlocks * (share.Split + 1) / _t.Splits);
        }

        public void Run()
        {
            for (var block = _firstBlock; block < _lastBlock; block++)
            {
                var starts = _wanted.Starts(_group, block);
                new Span<float>(_sums + starts[_firstOut], starts[_lastOut] - starts[_firstOut]).Clear();
            }

            for (var i = _firstPixels; i < _lastPixels; i++)
            {
                var image = i / _t.Bands * _t.ImagesAtOnce;
                var row = i % _t.Bands * _t.BandRows;
                PackDy(image, row);
                var runs = FillRuns(Math.Min(_t.BandRows, _g.OutH - row), WindowsOf(image));
                for (var block = _firstBlock; block < _lastBlock; block++)
                {
                    var starts = _wanted.Starts(_group, block);
                    if (starts[_firstOut] == starts[_lastOut]) continue;
                    PackX(image, row, block);
                    Accumulate(block, runs, WindowsOf(image));
                }
            }
        }

        private void PackDy(int image, int row)
        {
            var (k, count) = (_group * _g.OutC + _firstOut, _lastOut - _firstOut);
            if (_t.LanesAreImages)
            {
                BatchPacker.Pack(in _work.Dy, image, Images(image), k, count, row, _t.BandRows, 0, _g.OutW, _dy);
                return;
            }

            for (var window = 0; window < WindowsOf(image); window++)
            {
                PixelLanePacker.Pack(
                    in _work.Dy, image + window, k, count, row, _t.BandRows, [0], 1, _g.OutW, _dy + window * _pass.OutWindowStep, _t.RowBlocks, _packing);
            }
        }

        private void PackX(int image, int row, int block)
        {
            var first = block * _t.BlockChannels;
            var (c, count) = (_group * _g.InC + first, Math.Min(_t.BlockChannels, _g.InC - first));
            var h = row * _g.InStepH + _g.MinDh;
            if (_t.LanesAreImages)
            {
                if (_g.InStepW == 1) BatchPacker.Pack(in _work.X, image, Images(image), c, count, h, _t.PackedRows, _g.MinDw, _t.PackedColumns, _x);
                else PackResidues(image, c, count, h);
                return;
            }

            for (var window = 0; window < WindowsOf(image); window++)
            {
                PixelLanePacker.Pack(
                    in _work.X, image + window, c, count, h, _t.PackedRows, _t.ColumnTaps, _g.InStepW, _g.OutW,
                    _x + (nint)window * _t.WindowStep, _t.PackedColumns, _packing);
            }
        }

        /// <summary>Packs all columns of some channels, then moves each to the variant of its residue modulo the stride.</summary>
        private void PackResidues(int image, int c, int count, int h)
        {
            var source = (nint)_t.WindowColumns * Block;
            for (var done = 0; done < count; done += Block)
            {
                var channels = Math.Min(Block, count - done);
                BatchPacker.Pack(in _work.X, image, Images(image), c + done, channels, h, _t.PackedRows, _g.MinDw, _t.WindowColumns, _packing);
                for (var i = 0; i < channels * _t.PackedRows; i++)
                {
                    var from = _packing + i * source;
                    var channel = _x + (nint)(done + i / _t.PackedRows) * _t.ChannelStep;
                    for (var column = 0; column < _t.WindowColumns; column++, from += Block)
                    {
                        var variant = (nint)column % _g.InStepW * _t.PackedRows + i % _t.PackedRows;
                        var to = channel + (variant * _t.PackedColumns + column / _g.InStepW) * Block;
                        new ReadOnlySpan<float>(from, Block).CopyTo(new Span<float>(to, Block));
                    }
                }
            }
        }

        private int Images(int image) => Math.Min(_t.ImagesAtOnce, _g.Shape.N - image);

        private int WindowsOf(int image) => Math.Min(_t.Windows, _g.Shape.N - image);

        /// <summary>The rows of every window as runs of a dot product; one run of a window if its rows follow one another in both operands.</summary>
        private int FillRuns(int rows, int windows)
        {
            var (xStep, length) = (_g.InStepH * _t.PackedColumns * Block, _t.RowBlocks * Block);
            if (xStep == length) (rows, length) = (1, length * rows);
            for (var i = 0; i < windows * rows; i++)
            {
                var (window, row) = (i / rows, i % rows);
                _runs[3 * i] = window * _t.WindowStep + row * xStep;
                _runs[3 * i + 1] = window * (int)_pass.OutWindowStep + row * length;
                _runs[3 * i + 2] = length;
            }

            return windows * rows;
        }

        private void Accumulate(int block, int runs, int windows)
        {
            SddmmArguments a = default;
            a.X = _x;
            a.Runs = _runs;
            a.RunCount = runs;
            var starts = _wanted.Starts(_group, block);
            var someDead = _pass._coarse == Operand.Input && FindLive(block, windows);
            for (var k = _firstOut; k < _lastOut; k++)
            {
                var (from, to) = (starts[k], starts[k + 1]);
                a.V = _dy + (nint)(k - _firstOut) * _t.OutStep;
                if (from == to || (_pass._coarse == Operand.Output && IsDead(a.V, _t.OutStep, _pass.OutWindowStep, windows))) continue;
                if (someDead)
                {
                    SumLive(ref a, from, to);
                    continue;
                }

                SumRows(ref a, _wanted.Offsets + from, _sums + from, to - from);
            }
        }

        /// <summary>As for all wanted weights from <paramref name="from"/> to before <paramref name="to"/>, but those of live channels alone.</summary>
        private void SumLive(ref SddmmArguments a, int from, int to)
        {
            var places = _liveOffsets + _t.MostWeights;
            var sums = (float*)(places + _t.MostWeights);
            var count = 0;
            for (var i = from; i < to; i++)
            {
                _liveOffsets[count] = _wanted.Offsets[i];
                places[count] = i;
                count += _live[_wanted.Channels[i]];
            }

            new Span<float>(sums, count).Clear();
            SumRows(ref a, _liveOffsets, sums, count);
            for (var i = 0; i < count; i++) _sums[places[i]] += sums[i];
        }

        /// <summary>Adds to so many sums, in calls of as even numbers of rows as can be.</summary>
        private void SumRows(ref SddmmArguments a, int* offsets, float* sums, int count)
        {
            var calls = (count + KernelTable.MaxRows - 1) / KernelTable.MaxRows;
            for (var call = 0; call < calls; call++)
            {
                var (first, last) = (count * call / calls, count * (call + 1) / calls);
                a.XOffsets = offsets + first;
                a.Sums = sums + first;
                fixed (SddmmArguments* arguments = &a) ((delegate*<SddmmArguments*, void>)_pass._kernels[last - first - 1].Function)(arguments);
            }
        }

        private bool FindLive(int block, int windows)
        {
            var dead = false;
            for (var c = 0; c < Math.Min(_t.BlockChannels, _g.InC - block * _t.BlockChannels); c++)
            {
                _live[c] = IsDead(_x + (nint)c * _t.ChannelStep, _t.ChannelStep, _t.WindowStep, windows) ? 0 : 1;
                dead |= _live[c] == 0;
            }

            return dead;
        }

        private static bool IsDead(float* packed, int length, nint windowStep, int windows)
        {
            for (var window = 0; window < windows; window++, packed += windowStep)
            {
                if (NonZeroBits.Any(packed, length / Block)) return false;
            }

            return true;
        }
    }
}
