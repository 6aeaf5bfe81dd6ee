using SparseKernels.Geometry;
using SparseKernels.Isa;
using SparseKernels.Kernels;
using SparseKernels.Memory;
using SparseKernels.Packing;
using SparseKernels.Passes.Frame;
using SparseKernels.Tensors;
using SparseKernels.Threading;

namespace SparseKernels.Passes.Dense;

/// <summary>
/// Runs a Forward or BackwardData pass with the tap kernels. A work item is a share of the output pixels (some images, or a band
/// of rows of one) and of the output channels; it packs its input chunk by chunk and adds up the chunks in ascending order.
/// </summary>
internal sealed unsafe class DenseTapPass : ITapPass
{
    private readonly TapGeometry _geometry;
    private readonly TapTiling _tiling;
    private readonly TapTables[] _toTensor;
    private readonly TapTables[] _toScratch;
    private readonly RentalPool<Scratch> _scratch;
    private readonly ComputeTopology _topology;

    /// <summary>Entry points by panel and rows − 1.</summary>
    private readonly nint[][] _kernels;

    public DenseTapPass(TapGeometry geometry, PassMachine machine)
    {
        _geometry = geometry;
        _topology = machine.Topology;
        Weights = new TapWeights(geometry, machine.InstructionSet);
        _tiling = new TapTiling(geometry, Weights.Panels, _topology.Threads);
        var scratchImageStep = _tiling.OutPlane;
        var tensorImageStep = LaneBlock.Count(geometry.OutTotal) * LaneBlock.Size * geometry.OutH * geometry.OutW;
        _toTensor = geometry.Phases.Select(phase => new TapTables(geometry, _tiling, phase, tensorImageStep)).ToArray();
        _toScratch = geometry.Phases.Select(phase => new TapTables(geometry, _tiling, phase, scratchImageStep)).ToArray();
        _kernels = Weights.Panels
            .Select(panel => Enumerable.Range(1, KernelTable.MaxRows)
                .Select(rows => KernelTable.Find(geometry.IsLaneWise ? KernelFamily.LaneTap : KernelFamily.Tap, machine.InstructionSet, rows, panel.Width).Function).ToArray())
            .ToArray();
        _scratch = new(() => new Scratch((long)_tiling.PackedLength + _tiling.OutLength + 32, BiasLength, _topology.Threads));
    }

    /// <summary>Channels in lanes: serves every shape.</summary>
    public static DenseTapWay Way { get; } = new(
        "dense", DenseTapTerms.Names, _ =>
            true, (geometry, _, machine) =>
                new DenseTapPass(geometry, machine), (geometry, isa, threads) => new DenseTapTerms(geometry, isa, threads));

    /// <summary>The same with a channel of its own in every lane.</summary>
    public static DenseTapWay DepthwiseWay { get; } = Way with { Name = "depthwise", Suits = geometry => geometry.IsLaneWise };

    public TapGeometry Geometry => _geometry;

    public nint PackedWeightsLength => Weights.Length;

    private TapWeights Weights { get; }

    private int GroupLanes => LaneBlock.Count(_geometry.OutC) * LaneBlock.Size;

    private int BiasLength => GroupLanes * _geometry.Groups;

    /// <summary>Packs plain weights, on all threads.</summary>
    public void PackWeights(float* plain, float* packed)
    {
        var work = new PackWork { Pass = this, Plain = plain, Packed = packed };
        WorkerPool.Shared.Run(ref work, Weights.Panels.Length * _geometry.Groups, _topology);
    }

    /// <summary>Runs the pass.</summary>
    public void Run(in ImageView input, float* packedWeights, TapEpilogue epilogue, in ImageView output)
    {
        using var rented = _scratch.Rent();
        var scratch = rented.Item;
        SpreadBias(epilogue.Bias, scratch.Shared);
        var direct = output.Blocked && _geometry.OutGroupsAreWholeBlocks;
        var work = new Work { Pass = this, Scratch = scratch, Input = input, Weights = packedWeights, Output = output, Direct = direct };
        WorkerPool.Shared.Run(ref work, _tiling.Items, _topology);
    }

    public void Dispose()
    {
        _scratch.Dispose();
        foreach (var tables in _toTensor) tables.Dispose();
        foreach (var tables in _toScratch) tables.Dispose();
    }

    /// <summary>The bias by group, each group's padded with zeros to whole blocks.</summary>
    private void SpreadBias(ReadOnlySpan<float> bias, float* destination)
    {
        var spread = new Span<float>(destination, BiasLength);
        spread.Clear();
        if (bias.IsEmpty) return;
        for (var group = 0; group < _geometry.Groups; group++)
        {
            var first = group * _geometry.OutC;
            bias[first..Math.Min(first + _geometry.OutC, bias.Length)].CopyTo(spread[(group * GroupLanes)..]);
        }
    }

    private struct PackWork : IWork
    {
        public DenseTapPass Pass;
        public float* Plain;
        public float* Packed;

        public readonly void Do(int item, int worker)
        {
            var panels = Pass.Weights.Panels;
            Pass.Weights.PackPanel(Plain, Packed, item / panels.Length, panels[item % panels.Length]);
        }
    }

    private struct Work : IWork
    {
        public DenseTapPass Pass;
        public Scratch Scratch;
        public ImageView Input;
        public float* Weights;
        public ImageView Output;
        public bool Direct;

        public readonly void Do(int item, int worker)
        {
            var t = Pass._tiling;
            var panelGroup = item % t.PanelGroups;
            item /= t.PanelGroups;
            var band = item % t.Bands;
            item /= t.Bands;
            var image = item % t.ImageBlocks * t.ImagesPerBlock;
            new TapItem(Pass, in this, worker, group: item / t.ImageBlocks, image, band * t.BandRows, panelGroup * t.PanelsPerGroup).Run();
        }
    }

    /// <summary>One work item.</summary>
    private readonly ref struct TapItem
    {
        private readonly DenseTapPass _pass;
        private readonly TapGeometry _g;
        private readonly TapTiling _t;
        private readonly ref readonly Work _work;
        private readonly float* _packed;
        private readonly float* _out;
        private readonly int _group;
        private readonly int _image;
        private readonly int _images;
        private readonly int _row;
        private readonly int _firstPanel;
        private readonly int _lastPanel;

        public TapItem(DenseTapPass pass, ref readonly Work work, int worker, int group, int image, int row, int firstPanel)
        {
            (_pass, _g, _t) = (pass, pass._geometry, pass._tiling);
            _work = ref work;
            _packed = work.Scratch.Of(worker);
            _out = _packed + (_t.PackedLength + 15) / 16 * 16;
            (_group, _image, _row, _firstPanel) = (group, image, row, firstPanel);
            _images = Math.Min(_t.ImagesPerBlock, _g.Shape.N - image);
            _lastPanel = Math.Min(firstPanel + _t.PanelsPerGroup, pass.Weights.Panels.Length);
        }

        public void Run()
        {
            var blocks = LaneBlock.Count(_g.InC);
            for (var block = 0; block < blocks; block += _t.ChunkBlocks)
            {
                var chunk = Math.Min(_t.ChunkBlocks, blocks - block);
                Pack(block, chunk);
                var tapsBefore = 0;
                for (var phase = 0; phase < _g.Phases.Length; phase++)
                {
                    RunPhase(phase, tapsBefore, block, chunk, last: block + chunk == blocks);
                    tapsBefore += _g.Phases[phase].Taps.Length;
                }
            }

            if (!_work.Direct) Unpack();
            if (_work.Output.Blocked && _lastPanel == _pass.Weights.Panels.Length) ClearLanesPastTheLastChannel();
        }

        private void Pack(int block, int chunk)
        {
            for (var image = 0; image < _images; image++)
            {
                for (var i = 0; i < chunk; i++)
                {
                    var c = (block + i) * LaneBlock.Size;
                    ImagePacker.Pack(
                        in _work.Input, _image + image, _group * _g.InC + c, _g.InChannelsFrom(_group, c),
                        _row * _g.InStepH + _g.MinDh, _t.PackedRows, _g.MinDw, _t.PackedColumns,
                        _packed + (nint)image * _t.PackedImage + (nint)i * _t.PackedPlane, _t.Lanes);
                }
            }
        }

        private void RunPhase(int phaseIndex, int tapsBefore, int block, int chunk, bool last)
        {
            var phase = _g.Phases[phaseIndex];
            var rows = Math.Min(_t.BandRows, phase.Rows - _row);
            if (rows <= 0 || (phase.Taps.Length == 0 && block > 0)) return;
            var tables = _work.Direct ? _pass._toTensor[phaseIndex] : _pass._toScratch[phaseIndex];
            TapArguments a = default;
            a.X = _packed;
            a.Runs = last ? tables.TailTaps : tables.FullTaps;
            a.RunCount = tables.Runs(chunk, last);
            a.YBlockStep = _work.Direct ? (nint)_g.OutH * _g.OutW * LaneBlock.Size : (nint)_t.OutPlane * _t.ImagesPerBlock;
            for (var i = _firstPanel; i < _lastPanel; i++)
            {
                var panel = _pass.Weights.Panels[i];
                a.W = _work.Weights + _pass.Weights.Offset(_group, tapsBefore, phase.Taps.Length, panel, block);
                a.Initial = block == 0 ? _work.Scratch.Shared + _group * _pass.GroupLanes + panel.FirstLane : null;
                a.Y = PanelOutput(panel);
                RunTiles(ref a, tables, _pass._kernels[i], _images * rows * phase.Columns);
            }
        }

        private static void RunTiles(ref TapArguments arguments, TapTables tables, nint[] kernels, int pixels)
        {
            fixed (TapArguments* a = &arguments)
            {
                for (var done = 0; done < pixels;)
                {
                    var rows = KernelTable.NextRows(pixels - done);
                    a->XOffsets = tables.XOffsets + done;
                    a->YOffsets = tables.YOffsets + done;
                    ((delegate*<TapArguments*, void>)kernels[rows - 1])(a);
                    done += rows;
                }
            }
        }

        private float* PanelOutput(OutputPanel panel)
        {
            if (_work.Direct) return _work.Output.Row(_image, _group * _g.OutC + panel.FirstLane, _row * _g.OutStepH);
            var block = (panel.FirstLane - _pass.Weights.Panels[_firstPanel].FirstLane) / LaneBlock.Size;
            return _out + (nint)block * _t.OutPlane * _t.ImagesPerBlock;
        }

        /// <summary>The weights there are zero, but zero times infinity or NaN would leave a NaN.</summary>
        private void ClearLanesPastTheLastChannel()
        {
            var end = (_group + 1) * _g.OutC;
            var lanes = LaneBlock.Count(_g.OutTotal) * LaneBlock.Size - _g.OutTotal;
            if (lanes == 0 || end < _g.OutTotal) return;
            var h = _row * _g.OutStepH;
            var pixels = Math.Min(_t.OutRows, _g.OutH - h) * _g.OutW;
            for (var image = 0; image < _images; image++)
            {
                var lane = _work.Output.Row(_image + image, _g.OutTotal - 1, h) + 1;
                for (var i = 0; i < pixels; i++, lane += LaneBlock.Size) new Span<float>(lane, lanes).Clear();
            }
        }

        private void Unpack()
        {
            var firstLane = _pass.Weights.Panels[_firstPanel].FirstLane;
            var lastLane = Math.Min(_pass.Weights.Panels[_lastPanel - 1].FirstLane + _pass.Weights.Panels[_lastPanel - 1].Width, _g.OutC);
            var h = _row * _g.OutStepH;
            var rows = Math.Min(_t.OutRows, _g.OutH - h);
            for (var lane = firstLane; lane < lastLane; lane += LaneBlock.Size)
            {
                var from = _out + (nint)((lane - firstLane) / LaneBlock.Size) * _t.OutPlane * _t.ImagesPerBlock;
                for (var image = 0; image < _images; image++)
                {
                    ImagePacker.Unpack(
                        from + (nint)image * _t.OutPlane, in _work.Output, _image + image, _group * _g.OutC + lane,
                        _g.OutChannelsFrom(_group, lane), h, rows);
                }
            }
        }
    }
}
