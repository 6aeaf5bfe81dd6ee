using System.Runtime.CompilerServices;
using SparseKernels.Geometry;
using SparseKernels.Isa;
using SparseKernels.Memory;
using SparseKernels.Packing;
using SparseKernels.Passes.Frame;
using SparseKernels.Sparsity;
using SparseKernels.Tensors;
using SparseKernels.Threading;

namespace SparseKernels.Passes.ResultFine;

/// <summary>
/// Weights of a masked-result pass: <c>[group][phase][output channel][chunk][tap][channels of a chunk]</c>, zero past the last
/// channel, with a bitmap of their non-zeros and one of the runs (channel block and filter row) of each output channel that hold any.
/// </summary>
internal sealed unsafe class ResultFineWeights : SparseWeightForm
{
    private const int Block = LaneBlock.Size;
    private const int BitsPerWord = 64;

    /// <summary>Taps transposed at a time: a row of the scratch on the stack is this long.</summary>
    private const int TapsAtOnce = 64;

    private readonly TapGeometry _geometry;
    private readonly ResultFineTiling _tiling;
    private readonly ResultFinePhase[] _phases;
    private readonly ComputeTopology _topology;
    private readonly AlignedBuffer _values;
    private readonly ushort[] _nonZeros;
    private readonly ulong[] _live;
    private readonly int _wordsPerChunk;
    private readonly nint _groupLength;

    /// <summary>For each plain tap r·S + s: its phase (−1: no output reads it) and its place there.</summary>
    private readonly (int Phase, int Position)[] _places;

    public ResultFineWeights(ResultFineTiling tiling, ResultFinePhase[] phases, ComputeTopology topology)
    {
        (_geometry, _tiling, _phases, _topology) = (tiling.Geometry, tiling, phases, topology);
        _groupLength = (nint)_geometry.OutC * tiling.Chunks * _geometry.TapCount * tiling.PixelStep;
        _values = new AlignedBuffer(checked(_groupLength * _geometry.Groups));
        _nonZeros = new ushort[checked((int)(_values.Length / Block))];
        _wordsPerChunk = LiveWords(tiling, phases);
        _live = GC.AllocateArray<ulong>(
            checked(_geometry.Groups * phases.Length * _geometry.OutC * tiling.Chunks * _wordsPerChunk), pinned: true);
        _places = new (int, int)[_geometry.Shape.R * _geometry.Shape.S];
        _places.AsSpan().Fill((-1, 0));
        for (var phase = 0; phase < phases.Length; phase++)
        {
            for (var i = 0; i < phases[phase].Taps.Length; i++)
                _places[phases[phase].Taps[i].R * _geometry.Shape.S + phases[phase].Taps[i].S] = (phase, i);
        }
    }

    /// <summary>Words of 64 bits that hold a bit for each run of a chunk.</summary>
    public static int LiveWords(ResultFineTiling tiling, ResultFinePhase[] phases) =>
        (Math.Max(1, phases.Max(phase => phase.Runs.Length)) * tiling.ChunkBlocks + BitsPerWord - 1) / BitsPerWord;

    /// <summary>The weights of an output channel for a chunk: taps in the order of the runs, all channels of a tap side by side.</summary>
    public float* Values(int group, ResultFinePhase phase, int k, int chunk) =>
        _values.Pointer + group * _groupLength +
        (((nint)phase.TapsBefore * _geometry.OutC + (nint)k * phase.Taps.Length) * _tiling.Chunks + (nint)chunk * phase.Taps.Length) * _tiling.PixelStep;

    /// <summary>Floats from an output channel's weights of a phase to the next one's.</summary>
    public nint ChannelStep(ResultFinePhase phase) => (nint)phase.Taps.Length * _tiling.Chunks * _tiling.PixelStep;

    /// <summary>Words from an output channel's <see cref="Live"/> to the next one's.</summary>
    public nint LiveStep => (nint)_tiling.Chunks * _wordsPerChunk;

    /// <summary>The bitmap of an output channel's live runs in a chunk, run after run and in each block after block.</summary>
    public ulong* Live(int group, int phase, int k, int chunk) =>
        (ulong*)Unsafe.AsPointer(ref _live[0]) + (((nint)(group * _phases.Length + phase) * _geometry.OutC + k) * _tiling.Chunks + chunk) * _wordsPerChunk;

    public override MovedBytes Pack(MaskedWeights weights) =>
        Run(new PackWork { Weights = this, Plain = weights.Plain, Pattern = weights.GivenPattern, FindZeros = true });

    public override MovedBytes UpdateValues(MaskedWeights weights) => Run(new PackWork { Weights = this, Plain = weights.Plain });

    public override void Dispose() => _values.Dispose();

    private MovedBytes Run(PackWork work)
    {
        WorkerPool.Shared.Run(ref work, _geometry.Groups * _tiling.OutBlocks, _topology);
        return new MovedBytes(MovedBytes.Of(_geometry.Shape.WeightLength), MovedBytes.Of(_values.Length));
    }

    /// <summary>Takes the values of 16 output channels, and either their zeros too or none where a zero was before.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void CopyValues(in PackWork work, int group, int first, int last)
    {
        var source = work.Plain + (nint)group * _geometry.OutC * _geometry.InC * _places.Length;
        var row = stackalloc float[TapsAtOnce * Block];
        for (var block = 0; block < _tiling.InBlocks; block++)
        {
            var channels = Math.Min(Block, _geometry.InC - block * Block);
            for (var k = first; k < last; k++)
            {
                var from = source + (nint)k * _geometry.OutWeightStep + (nint)block * Block * _geometry.InWeightStep;
                for (var tap = 0; tap < _places.Length; tap += TapsAtOnce)
                {
                    var taps = Math.Min(TapsAtOnce, _places.Length - tap);
                    Transpose.PlanesToLanes(from + tap, _geometry.InWeightStep, channels, taps, row, Block, Block);
                    for (var i = 0; i < taps; i++)
                    {
                        var (phase, position) = _places[tap + i];
                        if (phase < 0) continue;
                        var to = Values(group, _phases[phase], k, block / _tiling.ChunkBlocks) + position * _tiling.PixelStep + block % _tiling.ChunkBlocks * Block;
                        ref var nonZeros = ref _nonZeros[(int)((to - _values.Pointer) / Block)];
                        if (!work.FindZeros) LaneMask.Keep(row + i * Block, nonZeros);
                        else if (work.Pattern is null) nonZeros = (ushort)NonZeroBits.Of(row + i * Block);
                        else nonZeros = work.Pattern.Bits((int)(from + tap + i - work.Plain), channels, _geometry.InWeightStep);
                        new ReadOnlySpan<float>(row + i * Block, Block).CopyTo(new Span<float>(to, Block));
                    }
                }
            }
        }
    }

    private void FindLiveRuns(int group, int first, int last)
    {
        for (var phase = 0; phase < _phases.Length; phase++)
        {
            for (var k = first; k < last; k++)
            {
                for (var block = 0; block < _tiling.InBlocks; block++) FindLiveRuns(group, phase, k, block);
            }
        }
    }

    private void FindLiveRuns(int group, int phaseIndex, int k, int block)
    {
        var phase = _phases[phaseIndex];
        var live = Live(group, phaseIndex, k, block / _tiling.ChunkBlocks);
        var inChunk = block % _tiling.ChunkBlocks;
        if (inChunk == 0) new Span<ulong>(live, _wordsPerChunk).Clear();
        var first = (int)((Values(group, phase, k, block / _tiling.ChunkBlocks) - _values.Pointer) / Block) + inChunk;
        var tap = 0;
        for (var run = 0; run < phase.Runs.Length; run++)
        {
            var any = 0;
            for (var last = tap + phase.Runs[run].Taps.Length; tap < last; tap++) any |= _nonZeros[first + tap * _tiling.ChunkBlocks];
            var bit = run * _tiling.ChunkBlocks + inChunk;
            if (any != 0) live[bit / BitsPerWord] |= 1UL << (bit % BitsPerWord);
        }
    }

    private struct PackWork : IWork
    {
        public ResultFineWeights Weights;
        public float* Plain;
        public WeightPattern? Pattern;
        public bool FindZeros;

        public readonly void Do(int item, int worker)
        {
            var (group, block) = (item / Weights._tiling.OutBlocks, item % Weights._tiling.OutBlocks);
            var (first, last) = (block * Block, Math.Min((block + 1) * Block, Weights._geometry.OutC));
            Weights.CopyValues(in this, group, first, last);
            if (FindZeros) Weights.FindLiveRuns(group, first, last);
        }
    }
}
