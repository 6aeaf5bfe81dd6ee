using SparseKernels.Geometry;
using SparseKernels.Isa;
using SparseKernels.Memory;
using SparseKernels.Sparsity;

namespace SparseKernels.Passes.GradientDataFine;

/// <summary>
/// Which rows of a BackwardWeights pass (a listed channel, with one run of taps and one panel of lanes) are computed: all of them, or those
/// that hold a wanted weight. A row whose panel is mostly unwanted moves to the panels of its single blocks.
/// </summary>
internal sealed unsafe class LiveRows : IDisposable
{
    /// <summary>Cycles of a step of a row at least: the multiply-add's latency.</summary>
    private const double ShortestStep = 4;

    /// <summary>Cycles of a step for each block of 16 lanes and tap where the load ports bound it, on AVX2.</summary>
    private const double CyclesPerBlock = 1.3;

    /// <summary>Each step's share of the branch miss at the end of its list.</summary>
    private const double ListEnd = 1.8;

    /// <summary>Share of a wide panel's cycles under which single blocks make up for being packed once more.</summary>
    private const double WorthSplitting = 0.8;

    private readonly TapGeometry _g;
    private readonly GradientDataFineTiling _t;
    private readonly IntBuffer _before;
    private readonly int[] _firstSingle;
    private WeightPattern? _pattern;
    private int _version;

    /// <summary>Every row live.</summary>
    public LiveRows(TapGeometry geometry, GradientDataFineTiling tiling)
    {
        (_g, _t) = (geometry, tiling);
        _before = new IntBuffer((long)_g.Groups * _t.Panels.Length * _t.Runs.Length * (_g.OutC + 1));
        _firstSingle = _t.Joint.Select(panel => FirstSingle(panel)).ToArray();
        for (var group = 0; group < _g.Groups; group++)
        {
            for (var panel = 0; panel < _t.Panels.Length; panel++)
            {
                for (var run = 0; run < _t.Runs.Length; run++)
                {
                    var before = Before(group, panel, run);
                    for (var channel = 0; channel <= _g.OutC; channel++) before[channel] = panel < _t.Joint.Length ? channel : 0;
                }
            }
        }
    }

    /// <summary>
    /// For each listed channel of a group, and one past the last: how many live rows come before it. It is live if its successor has more.
    /// </summary>
    public int* Before(int group, int panel, int run) =>
        _before.Pointer + ((nint)(group * _t.Panels.Length + panel) * _t.Runs.Length + run) * (_g.OutC + 1);

    /// <summary>Takes the rows that hold a weight of the pattern; free if it is the last call's and has not changed.</summary>
    public void Update(WeightPattern wanted)
    {
        if (ReferenceEquals(wanted, _pattern) && wanted.Version == _version) return;
        _pattern = null;
        for (var group = 0; group < _g.Groups; group++)
        {
            for (var joint = 0; joint < _t.Joint.Length; joint++)
            {
                for (var run = 0; run < _t.Runs.Length; run++) Update(wanted, group, joint, run);
            }
        }

        (_pattern, _version) = (wanted, wanted.Version);
    }

    public void Dispose() => _before.Dispose();

    private int FirstSingle(LanePanel panel) =>
        Array.FindIndex(_t.Panels, _t.Joint.Length, single => single.FirstBlock == panel.FirstBlock);

    private void Update(WeightPattern wanted, int group, int joint, int run)
    {
        var (panel, taps) = (_t.Joint[joint], _t.Runs[run].Taps);
        var single = _firstSingle[joint];
        var before = Before(group, joint, run);
        before[0] = 0;
        for (var block = 0; block < panel.Blocks && single >= 0; block++) Before(group, single + block, run)[0] = 0;
        for (var channel = 0; channel < _g.OutC; channel++)
        {
            ulong live = 0;
            var count = 0;
            for (var block = 0; block < panel.Blocks; block++)
            {
                if (!IsWanted(wanted, group, channel, panel.FirstBlock + block, taps)) continue;
                live |= 1UL << block;
                count++;
            }

            var together = count > 0 && (single < 0 || count * Cycles(taps.Length) >= WorthSplitting * Cycles(panel.Blocks * taps.Length));
            before[channel + 1] = before[channel] + (together ? 1 : 0);
            for (var block = 0; block < panel.Blocks && single >= 0; block++)
            {
                var own = Before(group, single + block, run);
                own[channel + 1] = own[channel] + (!together && (live >> block & 1) != 0 ? 1 : 0);
            }
        }
    }

    private static double Cycles(int blocks) => ListEnd + Math.Max(ShortestStep, blocks * CyclesPerBlock);

    private bool IsWanted(WeightPattern wanted, int group, int channel, int block, Tap[] taps)
    {
        var lanes = _g.InChannelsFrom(group, block * LaneBlock.Size);
        var first = group * (_g.Shape.WeightLength / _g.Groups) + channel * _g.OutWeightStep + block * LaneBlock.Size * _g.InWeightStep;
        for (var lane = 0; lane < lanes; lane++)
        {
            foreach (var tap in taps)
            {
                if (wanted[first + lane * _g.InWeightStep + tap.R * _g.Shape.S + tap.S]) return true;
            }
        }

        return false;
    }
}
