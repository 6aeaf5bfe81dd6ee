using SparseKernels.Geometry;
using SparseKernels.Isa;
using SparseKernels.Kernels;
using SparseKernels.Memory;
using SparseKernels.Packing;
using SparseKernels.Passes.Frame;
using SparseKernels.Sparsity;
using SparseKernels.Tensors;
using SparseKernels.Threading;

namespace SparseKernels.Passes.DepthwiseGradient;

/// <summary>
/// Runs BackwardWeights of a depthwise convolution with the lane-tap kernels: a few taps' sums of 16 channels stay in registers
/// while the pixels pass. A work item is a block of 16 channels and a share of the batch; the shares are summed at the end in
/// ascending order.
/// </summary>
internal sealed unsafe class DepthwiseGradientPass : IGradientPass
{
    private const int Block = LaneBlock.Size;

    /// <summary>Shares of the batch at most.</summary>
    private const int MostSplits = 16;

    /// <summary>Work items worth having, so that many cores find some.</summary>
    private const int EnoughItems = 16;

    private readonly TapGeometry _geometry;
    private readonly TapTiling _tiling;
    private readonly RentalPool<Scratch> _scratch;
    private readonly IntBuffer _tables;
    private readonly nint[] _kernels;
    private readonly ComputeTopology _topology;
    private readonly int _splits;
    private readonly int[] _places;

    public DepthwiseGradientPass(ConvolutionShape shape, PassMachine machine)
    {
        _geometry = TapGeometry.Forward(shape);
        _topology = machine.Topology;
        _places = _geometry.Phases[0].PlacesOf(shape);
        _tiling = new TapTiling(_geometry, [new OutputPanel(0, Block)], threads: 1);
        _splits = ItemsOf(_geometry) / _geometry.Groups;
        _kernels = Enumerable.Range(1, KernelTable.MaxRows)
            .Select(rows => KernelTable.Find(KernelFamily.LaneTap, machine.InstructionSet, rows, Block).Function).ToArray();
        _tables = new IntBuffer(2L * Taps + 2L * Pixels);
        FillTables();
        _scratch = new(
            () => new Scratch(_tiling.PackedPlane + Pixels * (long)Block + Block, (long)_splits * PartialLength, _topology.Threads));
    }

    /// <summary>A channel of its own in every lane.</summary>
    public static DenseGradientWay Way { get; } = new(
        "depthwise", DepthwiseGradientTerms.Names, shape => shape.IsDepthwise,
        (shape, _, machine) =>
            new DepthwiseGradientPass(shape, machine), (shape, _, threads) =>
                new DepthwiseGradientTerms(TapGeometry.Forward(shape), threads));

    /// <summary>Work items of a call.</summary>
    internal static int ItemsOf(TapGeometry forward) =>
        forward.Groups * Math.Clamp(EnoughItems / forward.Groups, 1, Math.Min(MostSplits, forward.Shape.N));

    private int Taps => _geometry.TapCount;

    private int Pixels => _tiling.BandRows * _geometry.GridColumns;

    /// <summary>Floats of one share's sums: <c>[block][tap][channel]</c>.</summary>
    private int PartialLength => _geometry.Groups * Taps * Block;

    private int* TapOffsets => _tables.Pointer;

    private int* SumOffsets => TapOffsets + Taps;

    private int* PixelRuns => SumOffsets + Taps;

    public bool Run(in ImageView x, in ImageView dy, float* dw)
    {
        using var rented = _scratch.Rent();
        var scratch = rented.Item;
        var work = new Work { Pass = this, Scratch = scratch, X = x, Dy = dy };
        WorkerPool.Shared.Run(ref work, _geometry.Groups * _splits, _topology);
        for (var k = 0; k < _geometry.Shape.K; k++)
        {
            foreach (var place in _places)
            {
                var sum = 0f;
                for (var split = 0; split < _splits && place >= 0; split++)
                    sum += scratch.Shared[split * PartialLength + (k / Block * Taps + place) * Block + k % Block];
                *dw++ = sum;
            }
        }

        var count = _geometry.Shape.WeightLength;
        return Finiteness.Of(dw - count, count);
    }

    public void Dispose()
    {
        _scratch.Dispose();
        _tables.Dispose();
    }

    private void FillTables()
    {
        var taps = _geometry.Phases[0].Taps;
        for (var i = 0; i < taps.Length; i++)
        {
            TapOffsets[i] = ((taps[i].Dh - _geometry.MinDh) * _tiling.PackedColumns + taps[i].Dw - _geometry.MinDw) * Block;
            SumOffsets[i] = i * Block;
        }

        for (var i = 0; i < Pixels; i++)
        {
            var (row, column) = (i / _geometry.GridColumns, i % _geometry.GridColumns);
            PixelRuns[2 * i] = (row * _geometry.InStepH * _tiling.PackedColumns + column * _geometry.InStepW) * Block;
            PixelRuns[2 * i + 1] = Block;
        }
    }

    private struct Work : IWork
    {
        public DepthwiseGradientPass Pass;
        public Scratch Scratch;
        public ImageView X;
        public ImageView Dy;

        public readonly void Do(int item, int worker)
        {
            var (g, t) = (Pass._geometry, Pass._tiling);
            var (block, split) = (item / Pass._splits, item % Pass._splits);
            var x = Scratch.Of(worker);
            var dy = x + (t.PackedPlane + Block - 1) / Block * Block;
            var sums = Scratch.Shared + (nint)split * Pass.PartialLength + (nint)block * Pass.Taps * Block;
            new Span<float>(sums, Pass.Taps * Block).Clear();
            var channels = g.InChannelsFrom(block, 0);
            for (var n = g.Shape.N * split / Pass._splits; n < g.Shape.N * (split + 1) / Pass._splits; n++)
            {
                for (var row = 0; row < g.GridRows; row += t.BandRows)
                {
                    var rows = Math.Min(t.BandRows, g.GridRows - row);
                    ImagePacker.Pack(
                        in X, n, block * Block, channels, row * g.InStepH + g.MinDh, t.PackedRows, g.MinDw, t.PackedColumns, x, Block);
                    ImagePacker.PackRows(in Dy, n, block * Block, channels, row, rows, dy, Block);
                    Accumulate(x, dy, sums, rows * g.GridColumns);
                }
            }
        }

        private readonly void Accumulate(float* x, float* dy, float* sums, int pixels)
        {
            TapArguments a = default;
            a.X = x;
            a.W = dy;
            a.Y = sums;
            a.Runs = Pass.PixelRuns;
            a.RunCount = pixels;
            for (var tap = 0; tap < Pass.Taps;)
            {
                var rows = Math.Min(KernelTable.MaxRows, Pass.Taps - tap);
                if (Pass.Taps - tap > rows && Pass.Taps - tap < 2 * rows) rows = (Pass.Taps - tap + 1) / 2;
                a.XOffsets = Pass.TapOffsets + tap;
                a.YOffsets = Pass.SumOffsets + tap;
                ((delegate*<TapArguments*, void>)Pass._kernels[rows - 1])(&a);
                tap += rows;
            }
        }
    }
}
