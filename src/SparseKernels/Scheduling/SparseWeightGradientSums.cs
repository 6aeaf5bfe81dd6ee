using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using SparseKernels.Packing;

namespace SparseKernels.Scheduling;

/// <summary>
/// How the partial sums of a pass over lists of non-zeros lie in memory, <c>[share][group][panel][run][live row][tap][lane]</c>, and their
/// way to plain weights.
/// </summary>
internal sealed unsafe class SparseWeightGradientSums
{
    private const int Block = BlockedTensor.Block;

    /// <summary>Taps transposed at a time: a row of the scratch on the stack is this long.</summary>
    private const int TapsAtOnce = 64;

    private readonly TapGeometry _g;
    private readonly SparseWeightGradientTiling _t;
    private readonly nint[] _panelStarts;

    /// <summary>By block of lanes: the wide panel it is in, and the panel of its own or −1.</summary>
    private readonly (int Joint, int Single)[] _panelsOfBlock;

    /// <summary>By tap r·S + s: its run (−1 if no pixel meets it) and its place there.</summary>
    private readonly (int Run, int Place)[] _places;

    public SparseWeightGradientSums(TapGeometry geometry, SparseWeightGradientTiling tiling)
    {
        (_g, _t) = (geometry, tiling);
        _panelStarts = new nint[_t.Panels.Length];
        foreach (var i in Enumerable.Range(0, _t.Panels.Length))
        {
            _panelStarts[i] = GroupLength;
            GroupLength += (nint)_t.Panels[i].Width * _g.OutC * _g.TapCount;
        }

        _panelsOfBlock = Enumerable.Range(0, BlockedTensor.Blocks(_g.InC)).Select(block => (
            Array.FindIndex(_t.Joint, panel => block >= panel.FirstBlock && block < panel.FirstBlock + panel.Blocks),
            Array.FindIndex(_t.Panels, _t.Joint.Length, panel => panel.FirstBlock == block))).ToArray();
        _places = Enumerable.Repeat((-1, 0), _g.Shape.R * _g.Shape.S).ToArray();
        for (var run = 0; run < _t.Runs.Length; run++)
        {
            for (var place = 0; place < _t.Runs[run].Taps.Length; place++)
            {
                var tap = _t.Runs[run].Taps[place];
                _places[tap.R * _g.Shape.S + tap.S] = (run, place);
            }
        }
    }

    /// <summary>Floats of one share of the batch.</summary>
    public nint Length => GroupLength * _g.Groups;

    /// <summary>Items of <see cref="Write"/>.</summary>
    public int Items => checked(_g.Groups * _panelsOfBlock.Length * BlockedTensor.Blocks(_g.OutC));

    private nint GroupLength { get; }

    /// <summary>Where a row's sums start inside a share.</summary>
    /// <param name="group">The group.</param>
    /// <param name="panel">The panel.</param>
    /// <param name="run">The run of taps.</param>
    /// <param name="before">Live rows of this panel and run before it.</param>
    public nint Offset(int group, int panel, int run, int before)
    {
        nint width = _t.Panels[panel].Width;
        return group * GroupLength + _panelStarts[panel] + width * ((nint)_g.OutC * _t.TapsBefore[run] + (nint)before * _t.Runs[run].Taps.Length);
    }

    /// <summary>Adds up the shares of 16 listed channels and 16 lanes in ascending order and writes them as plain weights; rows that are not live are zero.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Write(float* shares, LiveRows rows, float* dw, int item)
    {
        var firstChannel = item % BlockedTensor.Blocks(_g.OutC) * Block;
        item /= BlockedTensor.Blocks(_g.OutC);
        var (group, block) = (item / _panelsOfBlock.Length, item % _panelsOfBlock.Length);
        var lanes = _g.InChannelsFrom(group, block * Block);
        var to = dw + (nint)group * (_g.Shape.WeightLength / _g.Groups) + (nint)block * Block * _g.InWeightStep;
        var sums = stackalloc float[TapsAtOnce * Block];
        for (var channel = firstChannel; channel < Math.Min(firstChannel + Block, _g.OutC); channel++)
        {
            for (var first = 0; first < _places.Length; first += TapsAtOnce)
            {
                var taps = Math.Min(TapsAtOnce, _places.Length - first);
                for (var i = 0; i < taps; i++) AddShares(shares, rows, group, block, channel, first + i, sums + i * Block);
                Transpose.LanesToPlanes(sums, taps, to + (nint)channel * _g.OutWeightStep + first, _g.InWeightStep, lanes);
            }
        }
    }

    private void AddShares(float* shares, LiveRows rows, int group, int block, int channel, int tap, float* to)
    {
        var (run, place) = _places[tap];
        var (joint, single) = _panelsOfBlock[block];
        var panel = run < 0 ? -1 : IsLive(rows, group, joint, run, channel) ? joint : single >= 0 && IsLive(rows, group, single, run, channel) ? single : -1;
        if (panel < 0)
        {
            new Span<float>(to, Block).Clear();
            return;
        }

        var width = _t.Panels[panel].Width;
        var from = shares + Offset(group, panel, run, rows.Before(group, panel, run)[channel]) + place * width + (block - _t.Panels[panel].FirstBlock) * Block;
        for (var lane = 0; lane < Block; lane += Vector128<float>.Count)
        {
            var sum = Vector128.Load(from + lane);
            for (var share = 1; share < _t.Splits; share++) sum += Vector128.Load(from + share * Length + lane);
            sum.Store(to + lane);
        }
    }

    private static bool IsLive(LiveRows rows, int group, int panel, int run, int channel)
    {
        var before = rows.Before(group, panel, run);
        return before[channel + 1] > before[channel];
    }
}
