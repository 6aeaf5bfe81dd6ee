using System.Numerics;
using System.Runtime.CompilerServices;
using SparseKernels.Geometry;
using SparseKernels.Isa;
using SparseKernels.Memory;
using SparseKernels.Packing;
using SparseKernels.Passes.Frame;
using SparseKernels.Sparsity;
using SparseKernels.Threading;

namespace SparseKernels.Passes.DataFine;

/// <summary>Input channels whose weights a panel uses at a time: whole blocks of 16, their live channels alone.</summary>
/// <param name="FirstBlock">Its first block of input channels.</param>
/// <param name="Blocks">Its blocks.</param>
/// <param name="ChannelsBefore">Live channels of the chunks before it.</param>
/// <param name="Channels">Its live channels.</param>
/// <param name="IsFull">All channels of the whole panel count as live: what is listed for one such panel serves all of its width.</param>
internal readonly record struct PanelChunk(int FirstBlock, int Blocks, int ChannelsBefore, int Channels, bool IsFull);

/// <summary>
/// Weights as panels for sparse activations: <c>[group][panel][chunk][tap run][tap][live channel][lane]</c>. A channel whose weights are
/// all zero in a panel has no place in it; one whose weights are zero in a tap run alone has none in the run's words.
/// </summary>
internal sealed unsafe class PanelWeights : SparseWeightForm
{
    private const int Block = LaneBlock.Size;

    /// <summary>Share of live channels above which leaving out the dead ones does not pay: full panels share their lists.</summary>
    private const double WorthFiltering = 0.9;

    private readonly TapGeometry _geometry;
    private readonly DataFineTiling _tiling;
    private readonly ComputeTopology _topology;
    private readonly bool _skipsDeadChannels;
    private readonly AlignedBuffer _values;

    /// <summary>For each group, panel, run and block: the channels with a non-zero weight.</summary>
    private readonly ushort[] _runLive;

    /// <summary>For each group, panel and block: the channels that have a place.</summary>
    private readonly ushort[] _live;

    /// <summary>For each group, panel and channel: its place in its chunk times the panel's width.</summary>
    private readonly IntBuffer _places;

    private readonly PanelChunk[] _chunks;
    private readonly int[] _chunkCounts;

    public PanelWeights(TapGeometry geometry, DataFineTiling tiling, ComputeTopology topology, bool skipsDeadChannels)
    {
        (_geometry, _tiling, _topology, _skipsDeadChannels) = (geometry, tiling, topology, skipsDeadChannels);
        _values = new AlignedBuffer(GroupLength * geometry.Groups);
        var panels = geometry.Groups * tiling.Panels.Length;
        _runLive = new ushort[panels * tiling.Runs.Length * tiling.InBlocks];
        _live = new ushort[panels * tiling.InBlocks];
        _places = new IntBuffer((long)panels * tiling.InBlocks * Block);
        _chunks = new PanelChunk[panels * tiling.InBlocks];
        _chunkCounts = new int[panels];
    }

    private long GroupLength => (long)_tiling.OutLanes * _geometry.InC * _geometry.TapCount;

    /// <summary>The chunks of a panel, in the order of the sums.</summary>
    public ReadOnlySpan<PanelChunk> Chunks(int group, int panel) =>
        _chunks.AsSpan(Index(group, panel) * _tiling.InBlocks, _chunkCounts[Index(group, panel)]);

    /// <summary>The weights of a panel, chunk and run: <c>[tap][live channel][lane]</c>.</summary>
    public float* Values(int group, int panel, in PanelChunk chunk, int run)
    {
        var p = _tiling.Panels[panel];
        return _values.Pointer + group * GroupLength + (long)p.FirstLane * _geometry.InC * _geometry.TapCount +
            ((long)chunk.ChannelsBefore * _geometry.TapCount + (long)chunk.Channels * _tiling.TapsBefore[run]) * p.Width;
    }

    /// <summary>For each block of a chunk: the channels with a place in the panel.</summary>
    public ReadOnlySpan<ushort> Live(int group, int panel, in PanelChunk chunk) =>
        _live.AsSpan(Index(group, panel) * _tiling.InBlocks + chunk.FirstBlock, chunk.Blocks);

    /// <summary>For each block of a chunk: the channels with a non-zero weight in a run.</summary>
    public ReadOnlySpan<ushort> RunLive(int group, int panel, in PanelChunk chunk, int run) =>
        _runLive.AsSpan(RunIndex(group, panel, run) + chunk.FirstBlock, chunk.Blocks);

    /// <summary>For each channel of a chunk: its place times the panel's width.</summary>
    public int* Places(int group, int panel, in PanelChunk chunk) =>
        _places.Pointer + ((nint)Index(group, panel) * _tiling.InBlocks + chunk.FirstBlock) * Block;

    public override MovedBytes Pack(MaskedWeights weights)
    {
        var work = new PackWork { Form = this, Plain = weights.Plain, Pattern = weights.GivenPattern, FindZeros = true };
        return Run(ref work);
    }

    public override MovedBytes UpdateValues(MaskedWeights weights)
    {
        var work = new PackWork { Form = this, Plain = weights.Plain };
        return Run(ref work);
    }

    public override void Dispose()
    {
        _values.Dispose();
        _places.Dispose();
    }

    private int Index(int group, int panel) => group * _tiling.Panels.Length + panel;

    private int RunIndex(int group, int panel, int run) => (Index(group, panel) * _tiling.Runs.Length + run) * _tiling.InBlocks;

    /// <summary>Copies the weights of all live channels.</summary>
    private MovedBytes Run(ref PackWork work)
    {
        WorkerPool.Shared.Run(ref work, _geometry.Groups * _tiling.Panels.Length, _topology);
        var floats = 0L;
        for (var group = 0; group < _geometry.Groups; group++)
        {
            for (var panel = 0; panel < _tiling.Panels.Length; panel++)
            {
                foreach (ref readonly var chunk in Chunks(group, panel))
                    floats += (long)chunk.Channels * _geometry.TapCount * _tiling.Panels[panel].Width;
            }
        }

        return new MovedBytes(MovedBytes.Of(floats), MovedBytes.Of(floats));
    }

    private void FindChunks(float* plain, WeightPattern? pattern, int group, int panel)
    {
        var live = _live.AsSpan(Index(group, panel) * _tiling.InBlocks, _tiling.InBlocks);
        var channels = _skipsDeadChannels ? FindLive(plain, pattern, group, panel, live) : _geometry.InC;
        var isFull = channels >= WorthFiltering * _geometry.InC;
        for (var block = 0; isFull && block < live.Length; block++)
            live[block] = (ushort)((1 << Math.Min(Block, _geometry.InC - block * Block)) - 1);

        var chunks = _chunks.AsSpan(Index(group, panel) * _tiling.InBlocks, _tiling.InBlocks);
        var places = _places.Pointer + (nint)Index(group, panel) * _tiling.InBlocks * Block;
        var (count, before) = (0, 0);
        for (var first = 0; first < live.Length;)
        {
            var (end, inChunk) = (first, 0);
            while (end < live.Length && end - first < _tiling.MostBlocks && inChunk + BitOperations.PopCount(live[end]) <= _tiling.ChunkChannels)
            {
                for (var lane = 0; lane < Block; lane++)
                {
                    places[end * Block + lane] = inChunk * _tiling.Panels[panel].Width;
                    inChunk += live[end] >> lane & 1;
                }

                end++;
            }

            if (inChunk > 0) chunks[count++] = new PanelChunk(first, end - first, before, inChunk, isFull);
            before += inChunk;
            first = end;
        }

        _chunkCounts[Index(group, panel)] = count;
    }

    /// <summary>Finds the channels with a live weight, by the pattern or else the weights, for each run and in any; returns how many the panel has.</summary>
    private int FindLive(float* plain, WeightPattern? pattern, int group, int panel, Span<ushort> live)
    {
        var p = _tiling.Panels[panel];
        var lanes = Math.Min(p.Width, _geometry.OutC - p.FirstLane);
        var first = FirstOf(group, p.FirstLane);
        live.Clear();
        for (var run = 0; run < _tiling.Runs.Length; run++)
        {
            var words = _runLive.AsSpan(RunIndex(group, panel, run), _tiling.InBlocks);
            words.Clear();
            for (var c = 0; c < _geometry.InC; c++)
            {
                if (HasLive(plain, pattern, first + c * _geometry.InWeightStep, lanes, _tiling.Runs[run].Taps))
                    words[c / Block] |= (ushort)(1 << (c % Block));
            }

            for (var block = 0; block < live.Length; block++) live[block] |= words[block];
        }

        var channels = 0;
        foreach (var word in live) channels += BitOperations.PopCount(word);
        return channels;
    }

    private bool HasLive(float* plain, WeightPattern? pattern, int first, int lanes, Tap[] taps)
    {
        for (var lane = 0; lane < lanes; lane++)
        {
            foreach (var tap in taps)
            {
                var index = first + lane * _geometry.OutWeightStep + tap.R * _geometry.Shape.S + tap.S;
                if (pattern?.IsLive(index) ?? plain[index] != 0) return true;
            }
        }

        return false;
    }

    /// <summary>The index of an output channel's first weight.</summary>
    private int FirstOf(int group, int channel) =>
        group * _geometry.OutC * _geometry.WeightC * _geometry.Shape.R * _geometry.Shape.S + channel * _geometry.OutWeightStep;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void PackPanel(in PackWork work, int group, int panel)
    {
        var p = _tiling.Panels[panel];
        var lanes = Math.Min(p.Width, _geometry.OutC - p.FirstLane);
        var source = work.Plain + FirstOf(group, p.FirstLane);
        if (work.FindZeros) FindChunks(work.Plain, work.Pattern, group, panel);
        foreach (ref readonly var chunk in Chunks(group, panel))
        {
            var live = Live(group, panel, in chunk);
            for (var run = 0; run < _tiling.Runs.Length; run++)
            {
                var to = Values(group, panel, in chunk, run);
                foreach (var tap in _tiling.Runs[run].Taps)
                {
                    for (var i = 0; i < chunk.Blocks * Block; i++)
                    {
                        if ((live[i / Block] >> (i % Block) & 1) == 0) continue;
                        var from = source + (nint)(chunk.FirstBlock * Block + i) * _geometry.InWeightStep + tap.R * _geometry.Shape.S + tap.S;
                        for (var lane = 0; lane < lanes; lane++) to[lane] = from[(nint)lane * _geometry.OutWeightStep];
                        to += p.Width;
                    }
                }
            }
        }
    }

    private struct PackWork : IWork
    {
        public PanelWeights Form;
        public float* Plain;
        public WeightPattern? Pattern;
        public bool FindZeros;

        public readonly void Do(int item, int worker)
        {
            var panels = Form._tiling.Panels.Length;
            Form.PackPanel(in this, item / panels, item % panels);
        }
    }
}
