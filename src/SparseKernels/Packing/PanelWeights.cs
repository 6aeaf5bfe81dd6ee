using System.Runtime.CompilerServices;
using SparseKernels.Memory;
using SparseKernels.Scheduling;
using SparseKernels.Threading;

namespace SparseKernels.Packing;

/// <summary>
/// Weights as dense panels for sparse activations: <c>[group][panel][chunk of input channels][tap run][tap][channel][lane]</c>, and for
/// each panel, tap run and block of 16 input channels a word of those channels whose weights are not all zero: the coarse zero runs.
/// </summary>
internal sealed unsafe class PanelWeights : SparseWeightForm
{
    private const int Block = BlockedTensor.Block;

    private readonly TapGeometry _geometry;
    private readonly SparseDataTiling _tiling;
    private readonly ComputeTopology _topology;
    private readonly AlignedBuffer _values;
    private readonly ushort[] _live;

    public PanelWeights(TapGeometry geometry, SparseDataTiling tiling, ComputeTopology topology)
    {
        (_geometry, _tiling, _topology) = (geometry, tiling, topology);
        _values = new AlignedBuffer(GroupLength * geometry.Groups);
        _live = new ushort[geometry.Groups * tiling.Panels.Length * tiling.Runs.Length * tiling.InBlocks];
    }

    private long GroupLength => (long)_tiling.OutLanes * _geometry.InC * _geometry.TapCount;

    /// <summary>The weights of a panel, chunk and run: <c>[tap][channel of the chunk][lane]</c>.</summary>
    public float* Panel(int group, int panel, int chunk, int run)
    {
        var p = _tiling.Panels[panel];
        var channels = _tiling.ChannelsOf(chunk);
        return _values.Pointer + group * GroupLength + (long)p.FirstLane * _geometry.InC * _geometry.TapCount +
            ((long)_tiling.FirstChannelOf(chunk) * _geometry.TapCount + (long)channels * _tiling.TapsBefore[run]) * p.Width;
    }

    /// <summary>For each block of input channels of a chunk: the channels with a non-zero weight in the panel and run.</summary>
    public ReadOnlySpan<ushort> Live(int group, int panel, int chunk, int run) =>
        _live.AsSpan(LiveIndex(group, panel, run) + chunk * _tiling.ChunkBlocks, _tiling.BlocksOf(chunk));

    public override void Pack(float* plain) => Pack(plain, findZeros: true);

    public override void UpdateValues(float* plain) => Pack(plain, findZeros: false);

    public override void Dispose() => _values.Dispose();

    private int LiveIndex(int group, int panel, int run) => ((group * _tiling.Panels.Length + panel) * _tiling.Runs.Length + run) * _tiling.InBlocks;

    private void Pack(float* plain, bool findZeros)
    {
        var work = new PackWork { Form = this, Plain = plain, FindZeros = findZeros };
        WorkerPool.Shared.Run(ref work, _geometry.Groups * _tiling.Panels.Length, _topology);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void PackPanel(float* plain, int group, int panel, bool findZeros)
    {
        var p = _tiling.Panels[panel];
        var lanes = Math.Min(p.Width, _geometry.OutC - p.FirstLane);
        var source = plain + ((nint)group * _geometry.OutC * _geometry.WeightC * _geometry.Shape.R * _geometry.Shape.S) + (nint)p.FirstLane * _geometry.OutWeightStep;
        for (var run = 0; run < _tiling.Runs.Length; run++)
        {
            var live = _live.AsSpan(LiveIndex(group, panel, run), _tiling.InBlocks);
            if (findZeros) live.Clear();
            for (var chunk = 0; chunk < _tiling.Chunks; chunk++)
            {
                var to = Panel(group, panel, chunk, run);
                var (first, channels) = (_tiling.FirstChannelOf(chunk), _tiling.ChannelsOf(chunk));
                foreach (var tap in _tiling.Runs[run].Taps)
                {
                    for (var c = first; c < first + channels; c++, to += p.Width)
                    {
                        var from = source + (nint)c * _geometry.InWeightStep + tap.R * _geometry.Shape.S + tap.S;
                        var any = false;
                        for (var lane = 0; lane < lanes; lane++)
                        {
                            to[lane] = from[(nint)lane * _geometry.OutWeightStep];
                            any |= to[lane] != 0;
                        }

                        if (any && findZeros) live[c / Block] |= (ushort)(1 << (c % Block));
                    }
                }
            }
        }
    }

    private struct PackWork : IWork
    {
        public PanelWeights Form;
        public float* Plain;
        public bool FindZeros;

        public readonly void Do(int item, int worker)
        {
            var panels = Form._tiling.Panels.Length;
            Form.PackPanel(Plain, item / panels, item % panels, FindZeros);
        }
    }
}
