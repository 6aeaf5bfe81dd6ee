using SparseKernels.Geometry;
using SparseKernels.Isa;
using SparseKernels.Kernels;
using SparseKernels.Memory;
using SparseKernels.Packing;
using SparseKernels.Passes.Frame;
using SparseKernels.Tensors;
using SparseKernels.Threading;

namespace SparseKernels.Passes.DenseGradient;

/// <summary>
/// Runs BackwardWeights with the outer-product kernels. A work item is a share of the output channels, of the input channels and
/// of the batch; it packs x and dy block by block and adds up in ascending order. The shares of the batch are summed at the end,
/// in ascending order too.
/// </summary>
internal sealed unsafe class DenseGradientPass : IGradientPass
{
    private const int Block = LaneBlock.Size;

    private readonly TapGeometry _geometry;
    private readonly DenseGradientTiling _tiling;
    private readonly OutputPanel[] _panels;
    private readonly RentalPool<Scratch> _scratch;
    private readonly IntBuffer _xOffsets;
    private readonly ComputeTopology _topology;
    private readonly int[] _places;

    /// <summary>Entry points by panel and rows − 1.</summary>
    private readonly nint[][] _kernels;

    /// <summary>
    /// For one channel block: runs of scalars as (offset from the pixel's input, first accumulator row, rows), by full and tail block.
    /// </summary>
    private readonly (int Offset, int Row, int Rows)[] _fullRuns;

    private readonly (int Offset, int Row, int Rows)[] _tailRuns;

    public DenseGradientPass(ConvolutionShape shape, PassMachine machine)
    {
        _geometry = TapGeometry.Forward(shape);
        _topology = machine.Topology;
        _places = _geometry.Phases[0].PlacesOf(shape);
        _panels = OutputPanel.Split(_geometry.OutC, machine.InstructionSet);
        _tiling = new DenseGradientTiling(_geometry, _panels, _topology.Threads);
        _kernels = _panels
            .Select(panel => Enumerable.Range(1, KernelTable.MaxRows)
                .Select(rows => KernelTable.Find(KernelFamily.OuterProduct, machine.InstructionSet, rows, panel.Width).Function).ToArray())
            .ToArray();
        _fullRuns = Runs(_tiling.Lanes);
        _tailRuns = Runs(_geometry.InC - (LaneBlock.Count(_geometry.InC) - 1) * Block);
        _xOffsets = new IntBuffer(_tiling.Pixels);
        FillOffsets();
        var packed = (long)_tiling.PackedBlock * _tiling.BlocksPerGroup + 16;
        var panels = (long)_tiling.Pixels * _tiling.PanelsPerGroup * _panels[0].Width;
        _scratch = new(() => new Scratch(packed + panels, PartialLength * _tiling.Splits, _topology.Threads));
    }

    /// <summary>Serves every shape.</summary>
    public static DenseGradientWay Way { get; } = new(
        "dense", DenseGradientTerms.Names, _ =>
            true, (shape, _, machine) =>
                new DenseGradientPass(shape, machine), (shape, isa, threads) =>
                    new DenseGradientTerms(TapGeometry.Forward(shape), isa, threads));

    private nint GroupLanes => LaneBlock.Count(_geometry.OutC) * Block;

    /// <summary>Floats of one share's sums: <c>[group][panel][channel block][tap][channel][lane]</c>.</summary>
    private nint PartialLength => GroupLanes * _geometry.InC * _geometry.TapCount * _geometry.Shape.Groups;

    public bool Run(in ImageView x, in ImageView dy, float* dw)
    {
        using var rented = _scratch.Rent();
        var scratch = rented.Item;
        var work = new Work { Pass = this, Scratch = scratch, X = x, Dy = dy };
        WorkerPool.Shared.Run(ref work, _tiling.Items, _topology);
        var reduce = new ReduceWork { Pass = this, Partials = scratch.Shared, Dw = dw };
        WorkerPool.Shared.Run(ref reduce, _panels.Length * _geometry.Shape.Groups, _topology);
        return !reduce.FoundNonFinite;
    }

    public void Dispose()
    {
        _scratch.Dispose();
        _xOffsets.Dispose();
    }

    /// <summary>
    /// Cuts each tap's channels (or, where they follow one another, a filter row's taps and channels) into rows for the kernels.
    /// </summary>
    private (int Offset, int Row, int Rows)[] Runs(int channels)
    {
        var merged = new List<(int Offset, int Row, int Rows)>();
        var row = 0;
        foreach (var tap in _geometry.Phases[0].Taps)
        {
            var offset = ((tap.Dh - _geometry.MinDh) * _tiling.PackedColumns + tap.Dw - _geometry.MinDw) * _tiling.Lanes;
            if (merged.Count > 0 && merged[^1].Offset + merged[^1].Rows == offset)
                merged[^1] = merged[^1] with { Rows = merged[^1].Rows + channels };
            else merged.Add((offset, row, channels));
            row += channels;
        }

        var runs = new List<(int, int, int)>();
        foreach (var run in merged)
        {
            var pieces = (run.Rows + KernelTable.MaxRows - 1) / KernelTable.MaxRows;
            for (var piece = 0; piece < pieces; piece++)
            {
                var from = run.Rows * piece / pieces;
                var to = run.Rows * (piece + 1) / pieces;
                runs.Add((run.Offset + from, run.Row + from, to - from));
            }
        }

        return runs.ToArray();
    }

    private void FillOffsets()
    {
        var pixel = 0;
        for (var image = 0; image < _tiling.ImagesPerBlock; image++)
        {
            for (var i = 0; i < _tiling.BandRows; i++)
            {
                for (var j = 0; j < _geometry.GridColumns; j++, pixel++)
                {
                    _xOffsets.Pointer[pixel] = image * _tiling.PackedPlane +
                        (i * _geometry.InStepH * _tiling.PackedColumns + j * _geometry.InStepW) * _tiling.Lanes;
                }
            }
        }
    }

    /// <summary>Where the sums of a panel and channel block start inside a share.</summary>
    private nint PartialOffset(int group, OutputPanel panel, int block) =>
        (group * GroupLanes + panel.FirstLane) * _geometry.InC * _geometry.TapCount + (nint)block * Block * _geometry.TapCount * panel.Width;

    private struct Work : IWork
    {
        public DenseGradientPass Pass;
        public Scratch Scratch;
        public ImageView X;
        public ImageView Dy;

        public readonly void Do(int item, int worker)
        {
            var t = Pass._tiling;
            var split = item % t.Splits;
            item /= t.Splits;
            var channelGroup = item % t.ChannelGroups;
            item /= t.ChannelGroups;
            var panelGroup = item % t.PanelGroups;
            new Item(in this, worker, item / t.PanelGroups, panelGroup, channelGroup, split).Run();
        }
    }

    /// <summary>One work item.</summary>
    private readonly ref struct Item
    {
        private readonly ref readonly Work _work;
        private readonly DenseGradientPass _pass;
        private readonly TapGeometry _g;
        private readonly DenseGradientTiling _t;
        private readonly float* _x;
        private readonly float* _dy;
        private readonly float* _partial;
        private readonly int _group;
        private readonly int _firstPanel;
        private readonly int _lastPanel;
        private readonly int _firstBlock;
        private readonly int _lastBlock;
        private readonly int _firstPixels;
        private readonly int _lastPixels;

        public Item(ref readonly Work work, int worker, int group, int panelGroup, int channelGroup, int split)
        {
            _work = ref work;
            (_pass, _g, _t) = (work.Pass, work.Pass._geometry, work.Pass._tiling);
            _x = work.Scratch.Of(worker);
            _dy = _x + ((nint)_t.PackedBlock * _t.BlocksPerGroup + 15) / 16 * 16;
            _partial = work.Scratch.Shared + _pass.PartialLength * split;
            _group = group;
            _firstPanel = panelGroup * _t.PanelsPerGroup;
            _lastPanel = Math.Min(_firstPanel + _t.PanelsPerGroup, _pass._panels.Length);
            _firstBlock = channelGroup * _t.BlocksPerGroup;
            _lastBlock = Math.Min(_firstBlock + _t.BlocksPerGroup, LaneBlock.Count(_g.InC));
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
                var rows = Math.Min(_t.BandRows, _g.GridRows - row);
                Pack(image, images, row, rows);
                Accumulate(images * rows * _g.GridColumns);
            }
        }

        private void Clear()
        {
            for (var i = _firstPanel; i < _lastPanel; i++)
            {
                var panel = _pass._panels[i];
                var first = _pass.PartialOffset(_group, panel, _firstBlock);
                var channels = Math.Min(_lastBlock * Block, _g.InC) - _firstBlock * Block;
                new Span<float>(_partial + first, channels * _g.TapCount * panel.Width).Clear();
            }
        }

        private void Pack(int image, int images, int row, int rows)
        {
            for (var n = 0; n < images; n++)
            {
                for (var block = _firstBlock; block < _lastBlock; block++)
                {
                    var c = block * Block;
                    ImagePacker.Pack(
                        in _work.X, image + n, _group * _g.InC + c, Math.Min(_t.Lanes, _g.InC - c), row * _g.InStepH + _g.MinDh,
                        _t.PackedRows, _g.MinDw, _t.PackedColumns,
                        _x + (nint)(block - _firstBlock) * _t.PackedBlock + (nint)n * _t.PackedPlane, _t.Lanes);
                }

                for (var i = _firstPanel; i < _lastPanel; i++)
                {
                    var panel = _pass._panels[i];
                    var to = PanelDy(panel) + (nint)n * rows * _g.GridColumns * panel.Width;
                    for (var lane = 0; lane < panel.Width; lane += Block)
                    {
                        var k = panel.FirstLane + lane;
                        ImagePacker.PackRows(
                            in _work.Dy, image + n, _group * _g.OutC + k, Math.Min(Block, _g.OutC - k), row, rows, to + lane, panel.Width);
                    }
                }
            }
        }

        private float* PanelDy(OutputPanel panel) =>
            _dy + (nint)(panel.FirstLane - _pass._panels[_firstPanel].FirstLane) * _t.Pixels;

        private void Accumulate(int pixels)
        {
            OuterProductArguments a = default;
            a.ScalarOffsets = _pass._xOffsets.Pointer;
            a.Steps = pixels;
            a.BlockStep = Block;
            for (var i = _firstPanel; i < _lastPanel; i++)
            {
                var panel = _pass._panels[i];
                var kernels = _pass._kernels[i];
                a.Vectors = PanelDy(panel);
                a.RowStep = panel.Width;
                for (var block = _firstBlock; block < _lastBlock; block++)
                {
                    var x = _x + (nint)(block - _firstBlock) * _t.PackedBlock;
                    var sums = _partial + _pass.PartialOffset(_group, panel, block);
                    var tail = (block + 1) * Block > _g.InC;
                    foreach (var run in tail ? _pass._tailRuns : _pass._fullRuns)
                    {
                        a.Scalars = x + run.Offset;
                        a.Accumulators = sums + (nint)run.Row * panel.Width;
                        ((delegate*<OuterProductArguments*, void>)kernels[run.Rows - 1])(&a);
                    }
                }
            }
        }
    }

    /// <summary>Adds up the shares of one panel in ascending order and writes plain weights.</summary>
    private struct ReduceWork : IWork
    {
        public DenseGradientPass Pass;
        public float* Partials;
        public float* Dw;
        public bool FoundNonFinite;

        public void Do(int item, int worker)
        {
            var group = item / Pass._panels.Length;
            var panel = Pass._panels[item % Pass._panels.Length];
            var isFinite = new DenseGradientUnpacker(Pass._geometry, Pass._tiling.Splits, Pass.PartialLength, Pass._places)
                .Unpack(Partials, Dw, Pass.PartialOffset(group, panel, 0), group, panel);
            if (!isFinite) FoundNonFinite = true;
        }
    }
}
