using SparseKernels.Geometry;
using SparseKernels.Isa;
using SparseKernels.Kernels;
using SparseKernels.Memory;
using SparseKernels.Packing;
using SparseKernels.Passes.Frame;
using SparseKernels.Tensors;
using SparseKernels.Threading;

namespace SparseKernels.Passes.DenseBatch;

/// <summary>
/// Runs a Forward or BackwardData pass with the batch-blocked kernels: 16 images are the lanes, so no lane is lost to a group with
/// few output channels. A work item is 16 images, a band of output rows and a group; it packs its input chunk by chunk and adds up
/// the chunks in ascending order.
/// </summary>
internal sealed unsafe class DenseBatchPass : ITapPass
{
    private const int Block = LaneBlock.Size;

    private readonly DenseBatchTiling _tiling;
    private readonly RentalPool<Scratch> _scratch;
    private readonly BatchWeights _weights;
    private readonly BatchRuns[] _runs;
    private readonly nint[] _kernels;
    private readonly ComputeTopology _topology;

    public DenseBatchPass(TapGeometry geometry, PassMachine machine)
    {
        Geometry = geometry;
        _topology = machine.Topology;
        _tiling = new DenseBatchTiling(geometry);
        _kernels = Enumerable.Range(1, KernelTable.MaxRows)
            .Select(rows => KernelTable.Find(KernelFamily.BatchTap, machine.InstructionSet, rows, Block).Function).ToArray();
        _weights = new BatchWeights(geometry);
        _runs = geometry.Phases.Select(phase => new BatchRuns(_tiling, phase, _tiling.ChunkChannels)).ToArray();
        _scratch = new(() => new Scratch((long)_tiling.PackedLength + _tiling.OutLength + Block, 1, _topology.Threads));
    }

    /// <summary>Images in lanes.</summary>
    public static DenseTapWay Way { get; } = new(
        "densebatch", DenseBatchTerms.Names, Suits, (geometry, _, machine) =>
            new DenseBatchPass(geometry, machine), (geometry, isa, threads) => new DenseBatchTerms(geometry, isa, threads));

    /// <summary>
    /// Whether the batch-blocked kernels finish first: they waste lanes where the batch is no multiple of 16, the channel-blocked
    /// ones where the output channels are none. The factor is what their narrower tiles and costlier packing were measured to lose.
    /// </summary>
    public static bool Suits(TapGeometry geometry)
    {
        const double Slowdown = 1.6;
        var batchWork = Slowdown * geometry.OutC * LaneBlock.Count(geometry.Shape.N) * Block / geometry.Shape.N;
        return !geometry.IsLaneWise && batchWork < LaneBlock.Count(geometry.OutC) * Block;
    }

    public TapGeometry Geometry { get; }

    public nint PackedWeightsLength => _weights.Length;

    public void PackWeights(float* plain, float* packed) => _weights.Pack(plain, packed);

    public void Run(in ImageView input, float* packedWeights, TapEpilogue epilogue, in ImageView output)
    {
        using var rented = _scratch.Rent();
        var scratch = rented.Item;
        fixed (float* start = epilogue.Bias)
        {
            var work = new Work { Pass = this, Scratch = scratch, Input = input, Weights = packedWeights, Bias = start, Output = output };
            WorkerPool.Shared.Run(ref work, _tiling.Items, _topology);
        }
    }

    public void Dispose()
    {
        _scratch.Dispose();
        foreach (var runs in _runs) runs.Dispose();
    }

    private struct Work : IWork
    {
        public DenseBatchPass Pass;
        public Scratch Scratch;
        public ImageView Input;
        public float* Weights;
        public float* Bias;
        public ImageView Output;

        public readonly void Do(int item, int worker)
        {
            var (g, t) = (Pass.Geometry, Pass._tiling);
            var row = item % t.Bands * t.BandRows;
            item /= t.Bands;
            var group = item % g.Groups;
            var image = item / g.Groups * Block;
            var images = Math.Min(Block, g.Shape.N - image);
            var packed = Scratch.Of(worker);
            var sums = packed + (t.PackedLength + Block - 1) / Block * Block;
            Fill(sums, group);
            for (var c = 0; c < g.InC; c += t.ChunkChannels)
            {
                var channels = Math.Min(t.ChunkChannels, g.InC - c);
                BatchPacker.Pack(
                    in Input, image, images, group * g.InC + c, channels, row * g.InStepH + g.MinDh, t.PackedRows, g.MinDw, t.PackedColumns, packed);
                Accumulate(packed, sums, group, row, c, channels);
            }

            var firstRow = row * g.OutStepH;
            BatchPacker.Unpack(
                sums, t.OutPlane, in Output, image, images, group * g.OutC, g.OutC, firstRow, Math.Min(t.OutRows, g.OutH - firstRow));
        }

        private readonly void Fill(float* sums, int group)
        {
            for (var k = 0; k < Pass.Geometry.OutC; k++)
            {
                var plane = new Span<float>(sums + (nint)k * Pass._tiling.OutPlane, Pass._tiling.OutPlane);
                plane.Fill(Bias == null ? 0 : Bias[group * Pass.Geometry.OutC + k]);
            }
        }

        private readonly void Accumulate(float* packed, float* sums, int group, int row, int c, int channels)
        {
            var (g, t) = (Pass.Geometry, Pass._tiling);
            var groupWeights = Weights + (nint)group * g.OutC * g.InC * g.TapCount;
            for (var phase = 0; phase < g.Phases.Length; phase++)
            {
                var (p, taps) = (g.Phases[phase], g.Phases[phase].Taps.Length);
                TapArguments a = default;
                a.Runs = Pass._runs[phase].Pointer;
                a.RunCount = Pass._runs[phase].PerChannel * channels;
                a.YBlockStep = t.OutPlane;
                foreach (var (first, rows) in Pass._weights.Rows)
                {
                    a.W = groupWeights + (nint)(first * g.InC + c * rows) * taps;
                    var kernel = (delegate*<TapArguments*, void>)Pass._kernels[rows - 1];
                    for (var i = 0; i < Math.Min(t.BandRows, p.Rows - row) && taps > 0; i++)
                    {
                        a.X = packed + (nint)i * g.InStepH * t.PackedColumns * Block;
                        a.Y = sums + (nint)first * t.OutPlane + ((nint)(p.StartH + i * g.OutStepH) * g.OutW + p.StartW) * Block;
                        for (var j = 0; j < p.Columns; j++, a.X += g.InStepW * Block, a.Y += g.OutStepW * Block) kernel(&a);
                    }
                }

                groupWeights += (nint)g.OutC * g.InC * taps;
            }
        }
    }
}
