using SparseKernels.Geometry;
using SparseKernels.Isa;
using SparseKernels.Kernels;
using SparseKernels.Memory;
using SparseKernels.Packing;
using SparseKernels.Passes.Frame;
using SparseKernels.Sparsity;
using SparseKernels.Tensors;
using SparseKernels.Threading;

namespace SparseKernels.Passes.GradientDataFine;

/// <summary>
/// Runs BackwardWeights over the non-zeros of x or of dy, one by one: <c>dw[listed channel][tap][lanes] += value · vector[pixel +
/// tap][lanes]</c>, the lanes being channels of the other operand. A work item is a share of the listed channels, of the lanes and of the
/// batch. For each pixel block it lists the non-zeros of its channels once, then packs panel after panel of the other operand and runs all
/// lists against it, a run of taps at a time. Dead blocks of lanes (coarse side: the other operand) or rows without a wanted weight (coarse
/// side: the weights) are jumped.
/// </summary>
internal sealed unsafe class GradientDataFinePass : ISparseGradientPass
{
    private const int Block = LaneBlock.Size;

    private readonly OperandPair _pair;

    /// <summary>Its output is the operand that is listed, its input the one whose lanes are vectors.</summary>
    private readonly TapGeometry _g;

    private readonly GradientDataFineTiling _t;
    private readonly ComputeTopology _topology;
    private readonly RentalPool<Call> _calls;

    /// <summary>By panel and run.</summary>
    private readonly KernelEntry[][] _kernels;

    private readonly IntBuffer[] _pixels;
    private readonly int*[] _pixelOffsets;
    private readonly GradientDataFineSums _sums;

    /// <exception cref="ArgumentException">The fine operand is the weights.</exception>
    public GradientDataFinePass(ConvolutionShape shape, OperandPair pair, PassMachine machine)
    {
        if (pair.Fine == Operand.Weight) throw new ArgumentException($"this pass lists x or dy, got {pair.Fine}.", nameof(pair));
        (_pair, _topology) = (pair, machine.Topology);
        _g = GeometryOf(shape, pair);
        _t = new GradientDataFineTiling(_g, machine.InstructionSet, single: pair.Coarse == Operand.Weight, _topology.Threads);
        _kernels = _t.Panels.Select(panel => _t.Runs.Select(run => KernelTable.FindSpmm(machine.InstructionSet, panel.Blocks * run.Taps.Length)).ToArray()).ToArray();
        _pixels = _g.Phases.Select(phase => new IntBuffer((long)_t.ImagesPerBlock * _t.BandRows * phase.Columns + NonZeroEntries.Slack)).ToArray();
        _pixelOffsets = new int*[_pixels.Length];
        for (var phase = 0; phase < _pixels.Length; phase++) FillPixels(phase);
        _sums = new GradientDataFineSums(_g, _t);
        _calls = new(() => new Call(this));
    }

    /// <summary>x fine.</summary>
    public static SparseGradientWay InputWay { get; } = WayOf("inputfine");

    /// <summary>dy fine.</summary>
    public static SparseGradientWay OutputWay { get; } = WayOf("outputfine");

    public IEnumerable<string> KernelIds => _kernels.SelectMany(kernels => kernels).Select(kernel => kernel.Id).Distinct();

    private int PairsLength => 2 * _t.ListBlocks * Block;

    /// <summary>Why the lanes of a pair would be mostly padding, or null.</summary>
    public static string? WhyDense(ConvolutionShape shape, OperandPair pair)
    {
        const int FewestLanes = Block / 2;
        var lanes = GeometryOf(shape, pair).InC;
        return lanes < FewestLanes ? $"the lanes are the {lanes} channel(s) of a group of {(pair.Fine == Operand.Input ? "dy" : "x")}, under {FewestLanes} of {Block}" : null;
    }

    private static SparseGradientWay WayOf(string name) => new(
        name, GradientDataFineTerms.Names, WhyDense,
        (shape, _, pair, machine) =>
            new GradientDataFinePass(shape, pair, machine), (shape, pair, isa, threads) =>
                new GradientDataFineTerms(shape, pair, isa, threads));

    public bool Run(in ImageView x, in ImageView dy, float* dw, WeightPattern? wanted)
    {
        using var rented = _calls.Rent();
        var call = rented.Item;
        if (_pair.Coarse == Operand.Weight) call.Rows.Update(wanted!);
        var work = new Work { Pass = this, Call = call };
        (work.Listed, work.Vectors) = _pair.Fine == Operand.Input ? (x, dy) : (dy, x);
        WorkerPool.Shared.Run(ref work, _t.Items, _topology);
        var write = new WriteWork { Sums = _sums, Call = call, Dw = dw };
        WorkerPool.Shared.Run(ref write, _sums.Items, _topology);
        return !write.FoundNonFinite;
    }

    public void Dispose()
    {
        _calls.Dispose();
        foreach (var pixels in _pixels) pixels.Dispose();
    }

    /// <summary>
    /// BackwardData walks x's pixels and finds dy's, Forward walks dy's and finds x's: the same products that BackwardWeights sums.
    /// </summary>
    internal static TapGeometry GeometryOf(ConvolutionShape shape, OperandPair pair) =>
        pair.Fine == Operand.Input ? TapGeometry.BackwardData(shape) : TapGeometry.Forward(shape);

    private void FillPixels(int phase)
    {
        var to = _pixelOffsets[phase] = _pixels[phase].Pointer;
        for (var image = 0; image < _t.ImagesPerBlock; image++)
        {
            for (var i = 0; i < _t.BandRows; i++)
            {
                for (var j = 0; j < _g.Phases[phase].Columns; j++)
                    *to++ = ((image * _t.PackedRows + i * _g.InStepH) * _t.PackedColumns + j * _g.InStepW) * _t.Joint[0].Width;
            }
        }
    }

    /// <summary>What one call owns.</summary>
    private sealed class Call : IDisposable
    {
        public Call(GradientDataFinePass pass)
        {
            var panel = (long)pass._t.PanelPixels * pass._t.Joint[0].Width;
            Scratch = new Scratch(
                panel + pass.PairsLength + BandLists.Length(pass._g, pass._t), pass._sums.Length * pass._t.Splits, pass._topology.Threads);
            Rows = new LiveRows(pass._g, pass._t);
        }

        public Scratch Scratch { get; }

        public LiveRows Rows { get; }

        public void Dispose()
        {
            Scratch.Dispose();
            Rows.Dispose();
        }
    }

    private struct Work : IWork
    {
        public GradientDataFinePass Pass;
        public Call Call;
        public ImageView Listed;
        public ImageView Vectors;

        public readonly void Do(int item, int worker)
        {
            var t = Pass._t;
            var split = item % t.Splits;
            item /= t.Splits;
            var listGroup = item % t.ListGroups;
            item /= t.ListGroups;
            var panelGroup = item % t.PanelGroups.Length;
            new Item(in this, worker, item / t.PanelGroups.Length, panelGroup, listGroup, split).Run();
        }
    }

    private struct WriteWork : IWork
    {
        public GradientDataFineSums Sums;
        public Call Call;
        public float* Dw;
        public bool FoundNonFinite;

        public void Do(int item, int worker)
        {
            if (!Sums.Write(Call.Scratch.Shared, Call.Rows, Dw, item)) FoundNonFinite = true;
        }
    }

    /// <summary>One work item.</summary>
    private readonly ref struct Item
    {
        private readonly ref readonly Work _work;
        private readonly GradientDataFinePass _pass;
        private readonly TapGeometry _g;
        private readonly GradientDataFineTiling _t;
        private readonly LiveRows _rows;
        private readonly float* _panel;
        private readonly int* _pairs;
        private readonly BandLists _lists;
        private readonly float* _sums;
        private readonly int[] _panels;
        private readonly int _group;
        private readonly int _firstChannel;
        private readonly int _lastChannel;
        private readonly int _firstPixels;
        private readonly int _lastPixels;

        public Item(ref readonly Work work, int worker, int group, int panelGroup, int listGroup, int split)
        {
            _work = ref work;
            (_pass, _g, _t, _rows) = (work.Pass, work.Pass._g, work.Pass._t, work.Call.Rows);
            _panel = work.Call.Scratch.Of(worker);
            _lists = new BandLists(_g, _t, _panel + (nint)_t.PanelPixels * _t.Joint[0].Width);
            _pairs = _lists.End;
            _sums = work.Call.Scratch.Shared + _pass._sums.Length * split;
            _panels = _t.PanelGroups[panelGroup];
            _group = group;
            _firstChannel = listGroup * _t.ListBlocks * Block;
            _lastChannel = Math.Min(_firstChannel + _t.ListBlocks * Block, _g.OutC);
            _firstPixels = (int)((long)_t.PixelBlocks * split / _t.Splits);
            _lastPixels = (int)((long)_t.PixelBlocks * (split + 1) / _t.Splits);
        }

        public void Run()
        {
            Clear();
            for (var i = _firstPixels; i < _lastPixels; i++)
            {
                var image = i / _t.Bands * _t.ImagesPerBlock;
                var images = Math.Min(_t.ImagesPerBlock, _g.Shape.N - image);
                var row = i % _t.Bands * _t.BandRows;
                var channels = _lastChannel - _firstChannel;
                _lists.Build(in _work.Listed, image, images, _group * _g.OutC + _firstChannel, channels, row, _pass._pixelOffsets);
                var width = _t.Joint[0].Width;
                foreach (var panel in _panels)
                {
                    for (; width > _t.Panels[panel].Width; width /= 2) _lists.Halve(channels);
                    if (!HasRows(panel)) continue;
                    Pack(panel, image, images, row);
                    if (_pass._pair.Coarse == Operand.Weight || NonZeroBits.Any(_panel, (nint)images * _t.PackedRows * _t.PackedColumns * width / Block)) Accumulate(panel);
                }
            }
        }

        private void Clear()
        {
            foreach (var panel in _panels)
            {
                for (var run = 0; run < _t.Runs.Length; run++)
                {
                    var before = _rows.Before(_group, panel, run);
                    var from = _pass._sums.Offset(_group, panel, run, before[_firstChannel]);
                    new Span<float>(_sums + from, (int)(_pass._sums.Offset(_group, panel, run, before[_lastChannel]) - from)).Clear();
                }
            }
        }

        private bool HasRows(int panel)
        {
            for (var run = 0; run < _t.Runs.Length; run++)
            {
                if (RowsOf(panel, run) > 0) return true;
            }

            return false;
        }

        private int RowsOf(int panel, int run)
        {
            var before = _rows.Before(_group, panel, run);
            return before[_lastChannel] - before[_firstChannel];
        }

        private void Pack(int index, int image, int images, int row)
        {
            var panel = _t.Panels[index];
            for (var n = 0; n < images; n++)
            {
                PanelPacker.Pack(
                    in _work.Vectors, image + n, _group * _g.InC + panel.FirstLane, Math.Min(panel.Width, _g.InC - panel.FirstLane),
                    row * _g.InStepH + _g.MinDh, _t.PackedRows, _g.MinDw, _t.PackedColumns,
                    _panel + (nint)n * _t.PackedRows * _t.PackedColumns * panel.Width, panel.Width);
            }
        }

        private void Accumulate(int panel)
        {
            var width = _t.Panels[panel].Width;
            SpmmArguments a = default;
            a.Offsets = _lists.Offsets;
            a.Values = _lists.Values;
            a.Span = 1;
            a.YBlockStep = Block;
            for (var i = 0; i < _t.Runs.Length; i++)
            {
                a.Rows = RowsOf(panel, i);
                if (a.Rows == 0) continue;
                var run = _t.Runs[i];
                var starts = _lists.Starts + (nint)run.Phase * _lists.StartsLength;
                var all = a.Rows == _lastChannel - _firstChannel;
                a.Starts = all ? starts : PairsOf(starts, panel, i);
                a.StartStep = all ? 1 : 2;
                a.Panel = _panel + ((nint)(run.Dh - _g.MinDh) * _t.PackedColumns + run.Dw - _g.MinDw) * width;
                a.Y = _sums + _pass._sums.Offset(_group, panel, i, _rows.Before(_group, panel, i)[_firstChannel]);
                a.YStep = run.Taps.Length * width;
                ((delegate*<SpmmArguments*, void>)_pass._kernels[panel][i].Function)(&a);
            }
        }

        /// <summary>The live channels' lists as (start, end).</summary>
        private int* PairsOf(int* starts, int panel, int run)
        {
            var before = _rows.Before(_group, panel, run) + _firstChannel;
            var first = before[0];
            for (var channel = 0; channel < _lastChannel - _firstChannel; channel++)
            {
                // Where the channel is not live, the next one that is overwrites the pair.
                var to = _pairs + 2 * (before[channel] - first);
                to[0] = starts[channel];
                to[1] = starts[channel + 1];
            }

            return _pairs;
        }
    }
}
