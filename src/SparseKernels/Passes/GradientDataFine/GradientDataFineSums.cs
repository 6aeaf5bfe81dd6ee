using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using SparseKernels.Geometry;
using SparseKernels.Isa;
using SparseKernels.Sparsity;
using SparseKernels.Tensors;

namespace SparseKernels.Passes.GradientDataFine;

/// <summary>
/// How the partial sums of a pass over lists of non-zeros lie in memory, <c>[share][group][panel][run][live row][tap][lane]</c>, and their
/// way to plain weights.
/// </summary>
internal sealed unsafe class GradientDataFineSums
{
    private const int Block = LaneBlock.Size;

    /// <summary>Taps transposed at a time: a row of the scratch on the stack is this long.</summary>
    private const int TapsAtOnce = 64;

    /// <summary>Listed channels that an item of <see cref="Write"/> writes.</summary>
    private const int ChannelsPerItem = 64;

    private readonly TapGeometry _g;
    private readonly GradientDataFineTiling _t;
    private readonly nint[] _panelStarts;

    /// <summary>By block of lanes: the wide panel it is in, and the panel of its own or −1.</summary>
    private readonly (int Joint, int Single)[] _panelsOfBlock;

    /// <summary>By tap r·S + s: its run (−1 if no pixel meets it) and its place there.</summary>
    private readonly (int Run, int Place)[] _places;

    public GradientDataFineSums(TapGeometry geometry, GradientDataFineTiling tiling)
    {
        (_g, _t) = (geometry, tiling);
        _panelStarts = new nint[_t.Panels.Length];
        foreach (var i in Enumerable.Range(0, _t.Panels.Length))
        {
            _panelStarts[i] = GroupLength;
            GroupLength += (nint)_t.Panels[i].Width * _g.OutC * _g.TapCount;
        }

        _panelsOfBlock = Enumerable.Range(0, LaneBlock.Count(_g.InC)).Select(block => (
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
    public int Items => checked(_g.Groups * _panelsOfBlock.Length * ChannelItems);

    private nint GroupLength { get; }

    private int ChannelItems => (_g.OutC + ChannelsPerItem - 1) / ChannelsPerItem;

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

    /// <summary>
    /// Adds up the shares of some listed channels and 16 lanes in ascending order and writes them as plain weights; rows that are not live
    /// are zero.
    /// </summary>
    /// <returns>Whether all of them are finite.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public bool Write(float* shares, LiveRows rows, float* dw, int item)
    {
        var firstChannel = item % ChannelItems * ChannelsPerItem;
        var lastChannel = Math.Min(firstChannel + ChannelsPerItem, _g.OutC);
        item /= ChannelItems;
        var (group, block) = (item / _panelsOfBlock.Length, item % _panelsOfBlock.Length);
        var lanes = _g.InChannelsFrom(group, block * Block);
        var to = dw + (nint)group * (_g.Shape.WeightLength / _g.Groups) + (nint)block * Block * _g.InWeightStep;
        var sums = stackalloc float[TapsAtOnce * Block];
        var joint = stackalloc TapSums[TapsAtOnce];
        var single = stackalloc TapSums[TapsAtOnce];
        var nonFinite = Vector128<uint>.Zero;
        for (var first = 0; first < _places.Length; first += TapsAtOnce)
        {
            var taps = Math.Min(TapsAtOnce, _places.Length - first);
            for (var i = 0; i < taps; i++)
            {
                joint[i] = SumsOf(shares, rows, group, block, _panelsOfBlock[block].Joint, _places[first + i]);
                single[i] = SumsOf(shares, rows, group, block, _panelsOfBlock[block].Single, _places[first + i]);
            }

            for (var channel = firstChannel; channel < lastChannel; channel++)
            {
                for (var i = 0; i < taps; i++)
                {
                    if (joint[i].IsLive(channel)) nonFinite |= AddShares(joint[i].Row(channel), sums + i * Block);
                    else if (single[i].IsLive(channel)) nonFinite |= AddShares(single[i].Row(channel), sums + i * Block);
                    else new Span<float>(sums + i * Block, Block).Clear();
                }

                Transpose.LanesToPlanes(sums, taps, to + (nint)channel * _g.OutWeightStep + first, _g.InWeightStep, lanes);
            }
        }

        return nonFinite == Vector128<uint>.Zero;
    }

    private TapSums SumsOf(float* shares, LiveRows rows, int group, int block, int panel, (int Run, int Place) place)
    {
        if (panel < 0 || place.Run < 0) return default;
        var width = _t.Panels[panel].Width;
        return new TapSums
        {
            First = shares + Offset(group, panel, place.Run, 0) + place.Place * width + (block - _t.Panels[panel].FirstBlock) * Block,
            RowStep = _t.Runs[place.Run].Taps.Length * width,
            Before = rows.Before(group, panel, place.Run),
        };
    }

    /// <summary>Adds up the shares of 16 lanes; what isn't finite among their sums has its bits set.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Vector128<uint> AddShares(float* from, float* to)
    {
        var nonFinite = Vector128<uint>.Zero;
        for (var lane = 0; lane < Block; lane += Vector128<float>.Count)
        {
            var sum = Vector128.Load(from + lane);
            for (var share = 1; share < _t.Splits; share++) sum += Vector128.Load(from + share * Length + lane);
            sum.Store(to + lane);
            nonFinite |= Finiteness.NonFinite(sum);
        }

        return nonFinite;
    }

    /// <summary>One tap's sums of a block of lanes in one panel: those of each live row.</summary>
    private struct TapSums
    {
        public float* First;
        public nint RowStep;

        /// <summary>Null if the panel or the tap has no sums.</summary>
        public int* Before;

        public readonly bool IsLive(int channel) => Before != null && Before[channel + 1] > Before[channel];

        public readonly float* Row(int channel) => First + Before[channel] * RowStep;
    }
}
