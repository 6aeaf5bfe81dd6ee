using SparseKernels.Geometry;
using SparseKernels.Isa;
using SparseKernels.Kernels;
using SparseKernels.Memory;
using SparseKernels.Passes.Frame;
using SparseKernels.Tensors;
using SparseKernels.Threading;
using static SparseKernels.Geometry.Cut;

namespace SparseKernels.Passes.DenseBatch;

/// <summary>
/// Runs a Forward or BackwardData pass with the dense kernels on batch-blocked or planar tensors, where they lie: nothing is packed and no
/// pixel is at an edge. A work item is 16 images or one, a group, a band of output rows (planar: of vectors) and a share of the output
/// channels.
/// </summary>
/// <remarks>Loops: chunk of input channels → tile of output channels (whose weights stay in L1) → row → vector.</remarks>
internal sealed unsafe class InPlaceDensePass : ITapPass
{
    private const int Block = LaneBlock.Size;

    /// <summary>Channels of a chunk where there are so many: enough that the sums stay in registers for long.</summary>
    internal const int EnoughChannels = 16;

    /// <summary>Work items for each thread, so that none waits long for the last one.</summary>
    private const int ItemsPerThread = 4;

    private readonly TensorPlaces _places;
    private readonly BatchWeights _weights;
    private readonly BatchRuns[] _runs;
    private readonly nint[] _kernels;
    private readonly ComputeTopology _topology;

    /// <summary>Copies of strided planar data; null where data is read as it is.</summary>
    private readonly RentalPool<SplitInput>? _split;
    private readonly int _chunkChannels;
    private readonly int _bandRows;
    private readonly int _bands;
    private readonly int _parts;

    public InPlaceDensePass(TapGeometry geometry, PlaneStrides strides, PassMachine machine)
    {
        _places = new TensorPlaces(geometry, strides);
        _weights = new BatchWeights(geometry);
        if (_places.Split is { } how) _split = new(() => new SplitInput(how, geometry.Shape.N, geometry.InC * geometry.Groups));
        _topology = machine.Topology;
        _kernels = Enumerable.Range(1, KernelTable.MaxRows)
            .Select(rows => KernelTable.Find(KernelFamily.BatchTap, machine.InstructionSet, rows, Block).Function).ToArray();
        _chunkChannels = Evenly(geometry.InC, EnoughChannels);
        _runs = geometry.Phases.Select(phase => new BatchRuns(_places, phase, _chunkChannels)).ToArray();
        var wanted = ItemsPerThread * _topology.Threads;
        var independent = checked(_places.ImageItems * geometry.Groups);
        _bandRows = Ceiling(_places.GridRows, Math.Clamp(Ceiling(wanted, independent), 1, _places.GridRows));
        _bandRows = Ceiling(_bandRows, MomentSweep.RowsOfBand(_places)) * MomentSweep.RowsOfBand(_places);
        _bands = Ceiling(_places.GridRows, _bandRows);
        _parts = _topology.Threads == 1 ? 1 : Math.Clamp(Ceiling(wanted, independent * _bands), 1, _weights.Rows.Length);
    }

    /// <summary>Serves every shape whose tensors are batch-blocked.</summary>
    public static DenseTapWay BatchWay { get; } = WayOf("batchdense", BlockedLayout.BatchBlocked);

    /// <summary>Serves shapes whose tensors are planar and can be read in place.</summary>
    public static DenseTapWay PlanarWay { get; } = WayOf("planardense", BlockedLayout.Planar);

    public TapGeometry Geometry => _places.Geometry;

    public nint PackedWeightsLength => _weights.Length;

    public void PackWeights(float* plain, float* packed) => _weights.Pack(plain, packed);

    public bool Limits => true;

    public bool TakesMoments => !_places.IsPlanar && Geometry.IsForward;

    public void Run(in ImageView input, float* packedWeights, TapEpilogue epilogue, in ImageView output)
    {
        if (_split is null)
        {
            RunInPlace(in input, packedWeights, epilogue, in output);
            return;
        }

        using var split = _split.Rent();
        RunInPlace(split.Item.Fill(in input, _topology), packedWeights, epilogue, in output);
    }

    public void Dispose()
    {
        foreach (var runs in _runs) runs.Dispose();
        _split?.Dispose();
    }

    private void RunInPlace(in ImageView input, float* packedWeights, TapEpilogue epilogue, in ImageView output)
    {
        fixed (float* start = epilogue.Bias)
        {
            var work = new Work { Pass = this, Input = input, Weights = packedWeights, Bias = start, Limits = epilogue.Limits, Moments = epilogue.Moments, Output = output };
            WorkerPool.Shared.Run(ref work, checked(_places.ImageItems * Geometry.Groups * _bands * _parts), _topology);
        }
    }

    private static DenseTapWay WayOf(string name, BlockedLayout layout) => new(
        name, InPlaceDenseTerms.Names, _ => true,
        (geometry, strides, machine) => new InPlaceDensePass(geometry, strides, machine),
        (geometry, isa, threads) => new InPlaceDenseTerms(geometry, layout, isa, threads));

    private struct Work : IWork
    {
        public InPlaceDensePass Pass;
        public ImageView Input;
        public float* Weights;
        public float* Bias;
        public SumLimits Limits;
        public ChannelMoments? Moments;
        public ImageView Output;

        public readonly void Do(int item, int worker)
        {
            var g = Pass.Geometry;
            var part = item % Pass._parts;
            item /= Pass._parts;
            var row = item % Pass._bands * Pass._bandRows;
            item /= Pass._bands;
            var (group, image) = (item % g.Groups, item / g.Groups * Pass._places.ImagesTogether);
            var tiles = Pass._weights.Rows;
            var (firstTile, lastTile) = (tiles.Length * part / Pass._parts, tiles.Length * (part + 1) / Pass._parts);
            var weights = Weights + (nint)group * g.OutC * g.InC * g.TapCount;
            for (var phase = 0; phase < g.Phases.Length; phase++)
            {
                var taps = g.Phases[phase].Taps.Length;
                for (var c = 0; c < g.InC; c += Pass._chunkChannels)
                {
                    for (var tile = firstTile; tile < lastTile; tile++)
                    {
                        RunTile(phase, tiles[tile], c, weights + (nint)(tiles[tile].First * g.InC + c * tiles[tile].Count) * taps, image, group, row);
                        if (Moments is not null && c + Pass._chunkChannels >= g.InC)
                        {
                            var rows = Math.Min(Pass._bandRows, g.OutH - row);
                            MomentSweep.Take(Moments, in Output, image, group * g.OutC + tiles[tile].First, tiles[tile].Count, row, rows);
                        }
                    }
                }

                weights += (nint)g.OutC * g.InC * taps;
            }

            if (!Pass._places.IsPlanar) return;
            for (var tile = firstTile; tile < lastTile; tile++)
            {
                for (var k = 0; k < tiles[tile].Count; k++)
                    Pass._places.ClearBorder(
                        Output.Row(image, group * g.OutC + tiles[tile].First + k, 0), row, Math.Min(Pass._bandRows, Pass._places.GridRows - row));
            }
        }

        private readonly void RunTile(int phase, (int First, int Count) tile, int c, float* weights, int image, int group, int firstRow)
        {
            var (g, places, p) = (Pass.Geometry, Pass._places, Pass.Geometry.Phases[phase]);
            float* zeros = stackalloc float[KernelTable.MaxRows];
            new Span<float>(zeros, KernelTable.MaxRows).Clear();
            var channel = group * g.OutC + tile.First;
            TapArguments a = default;
            a.W = weights;
            a.Runs = Pass._runs[phase].Pointer;
            a.RunCount = Pass._runs[phase].PerChannel * Math.Min(Pass._chunkChannels, g.InC - c);
            a.YBlockStep = Output.Strides.Channel;
            a.Initial = c > 0 ? null : Bias == null ? zeros : Bias + channel;
            if (c + Pass._chunkChannels >= g.InC) a.Limits = Limits;
            var kernel = (delegate*<TapArguments*, void>)Pass._kernels[tile.Count - 1];
            var x = Input.Row(image, group * g.InC + c, 0) + places.Start;
            var y = Output.Row(image, channel, 0);
            var (rows, columns) = places.GridOf(p);
            for (var row = firstRow; row < Math.Min(firstRow + Pass._bandRows, rows); row++)
            {
                a.X = x + (nint)row * places.RowStep;
                a.Y = y + places.OutputRow(p, row, Output.Strides);
                for (var j = 0; j < columns; j++, a.X += places.VectorStep, a.Y += g.OutStepW * Block) kernel(&a);
            }
        }
    }
}
