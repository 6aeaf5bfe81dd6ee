using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using SparseKernels.Geometry;
using SparseKernels.Isa;
using SparseKernels.Tensors;

namespace SparseKernels.Passes.Dense;

/// <summary>
/// Packs plain weights for the tap kernels: <c>[group][phase][panel of output lanes][input-channel block][tap][channel][lane]</c>,
/// so that a kernel reads them in one ascending stream. Lanes past the last output channel are zero; input channels are not padded.
/// </summary>
internal sealed unsafe class TapWeights
{
    private const int Block = LaneBlock.Size;

    /// <summary>Taps transposed at a time: a row of the scratch on the stack is this long.</summary>
    private const int TapsAtOnce = 64;

    private readonly TapGeometry _geometry;
    private readonly nint _outLanes;

    /// <summary>
    /// For each plain tap r·S + s: its phase's taps (0: no output reads it), the taps of the phases before, its place in its phase.
    /// </summary>
    private readonly (int Taps, int Before, int Position)[] _places;

    public TapWeights(TapGeometry geometry, InstructionSetKind isa)
    {
        _geometry = geometry;
        _outLanes = LaneBlock.Count(geometry.OutC) * Block;
        Panels = OutputPanel.Split(geometry.OutC, isa);
        _places = new (int, int, int)[geometry.Shape.R * geometry.Shape.S];
        var before = 0;
        foreach (var phase in geometry.Phases)
        {
            for (var i = 0; i < phase.Taps.Length; i++)
                _places[phase.Taps[i].R * geometry.Shape.S + phase.Taps[i].S] = (phase.Taps.Length, before, i);
            before += phase.Taps.Length;
        }
    }

    /// <summary>The panels of a group.</summary>
    public OutputPanel[] Panels { get; }

    /// <summary>Floats of one group.</summary>
    public nint GroupLength => _outLanes * _geometry.WeightC * _geometry.TapCount;

    /// <summary>Floats in all.</summary>
    public nint Length => GroupLength * _geometry.Groups;

    /// <summary>Where a panel's weights for a phase and the input-channel blocks from <paramref name="block"/> on start.</summary>
    public nint Offset(int group, int tapsBefore, int taps, OutputPanel panel, int block) =>
        group * GroupLength + _outLanes * _geometry.WeightC * tapsBefore + (nint)panel.FirstLane * _geometry.WeightC * taps +
        (nint)block * Block * taps * panel.Width;

    /// <summary>Packs one panel of one group: all phases.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void PackPanel(float* plain, float* packed, int group, OutputPanel panel)
    {
        var source = plain + (nint)group * _geometry.OutC * _geometry.WeightC * _places.Length;
        var row = stackalloc float[TapsAtOnce * Block];
        for (var lane = 0; lane < panel.Width; lane += Block)
        {
            var planes = _geometry.OutChannelsFrom(group, panel.FirstLane + lane);
            var first = source + (nint)(panel.FirstLane + lane) * _geometry.OutWeightStep;
            for (var c = 0; c < _geometry.WeightC; c++)
            {
                var from = first + (nint)c * _geometry.InWeightStep;
                for (var tap = 0; tap < _places.Length; tap += TapsAtOnce)
                {
                    var taps = Math.Min(TapsAtOnce, _places.Length - tap);
                    Transpose.PlanesToLanes(from + tap, _geometry.OutWeightStep, planes, taps, row, Block, Block);
                    for (var i = 0; i < taps; i++)
                    {
                        if (_places[tap + i].Taps == 0) continue;
                        CopyBlock(row + i * Block, packed + TapOffset(group, tap + i, panel, c) + lane);
                    }
                }
            }
        }
    }

    private static void CopyBlock(float* from, float* to)
    {
        for (var i = 0; i < Block; i += Vector128<float>.Count) Vector128.Load(from + i).Store(to + i);
    }

    private nint TapOffset(int group, int tap, OutputPanel panel, int c)
    {
        var (taps, before, position) = _places[tap];
        var block = c / Block;
        var channels = Math.Min(Block, _geometry.WeightC - block * Block);
        return Offset(group, before, taps, panel, block) + ((nint)position * channels + c % Block) * panel.Width;
    }
}
