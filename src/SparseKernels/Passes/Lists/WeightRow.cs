using SparseKernels.Geometry;

namespace SparseKernels.Passes.Lists;

/// <summary>
/// Where the weights of one row <c>[C/Groups, R, S]</c> of the plain weights go in a pass's lists. What differs from row to row is one
/// number for each phase, so the rest is looked up.
/// </summary>
/// <param name="places">What the lists point into.</param>
internal sealed class WeightRow(IInputPlaces places)
{
    private readonly TapGeometry _g = places.Geometry;
    private int[] _blocks = [];

    /// <summary>Weights of a row.</summary>
    public int Length { get; } = places.Geometry.Shape.GroupC * places.Geometry.Shape.R * places.Geometry.Shape.S;

    /// <summary>A weight's list in its group, less <see cref="RowLists"/> of its phase; −1 if no output reads its tap.</summary>
    public int[] Lists { get; } = new int[places.Geometry.Shape.GroupC * places.Geometry.Shape.R * places.Geometry.Shape.S];

    /// <summary>A weight's phase.</summary>
    public int[] Phases { get; } = new int[places.Geometry.Shape.GroupC * places.Geometry.Shape.R * places.Geometry.Shape.S];

    /// <summary>A weight's offset in the input, less <see cref="Offset"/>.</summary>
    public int[] Offsets { get; } = new int[places.Geometry.Shape.GroupC * places.Geometry.Shape.R * places.Geometry.Shape.S];

    /// <summary>A weight's input channel, less <see cref="Channel"/>.</summary>
    public int[] Channels { get; } = new int[places.Geometry.Shape.GroupC * places.Geometry.Shape.R * places.Geometry.Shape.S];

    /// <summary>What the present row adds to a weight's list, by phase.</summary>
    public int[] RowLists { get; } = new int[places.Geometry.Phases.Length];

    /// <summary>What the present row adds to a weight's offset.</summary>
    public int Offset { get; private set; }

    /// <summary>What the present row adds to a weight's input channel.</summary>
    public int Channel { get; private set; }

    /// <summary>Looks up all weights for lists in so many blocks of input channels, by phase.</summary>
    public void ChooseLists(int[] blocks)
    {
        _blocks = blocks;
        Array.Fill(Lists, -1);
        var taps = _g.Shape.R * _g.Shape.S;
        var firstList = 0;
        for (var phase = 0; phase < blocks.Length; phase++)
        {
            foreach (var tap in _g.Phases[phase].Taps)
            {
                var offset = places.Offset(tap);
                for (var c = 0; c < _g.Shape.GroupC; c++)
                {
                    var i = c * taps + tap.R * _g.Shape.S + tap.S;
                    Phases[i] = phase;
                    Lists[i] = firstList + (_g.IsForward ? BlockOf(c, phase) * _g.OutC : c);
                    Offsets[i] = offset + (_g.IsForward ? c * places.ChannelStep : 0);
                    Channels[i] = _g.IsForward ? c : 0;
                }
            }

            firstList += blocks[phase] * _g.OutC;
        }
    }

    /// <summary>Moves to a row: an output channel of Forward, an input channel of BackwardData.</summary>
    public void MoveTo(int k)
    {
        for (var phase = 0; phase < RowLists.Length; phase++) RowLists[phase] = _g.IsForward ? k : BlockOf(k, phase) * _g.OutC;
        Offset = _g.IsForward ? 0 : k * places.ChannelStep;
        Channel = _g.IsForward ? 0 : k;
    }

    /// <summary>The block of an input channel: block b starts at channel ⌊b · channels / blocks⌋.</summary>
    public static int BlockOf(int channel, int channels, int blocks) => (int)(((channel + 1L) * blocks - 1) / channels);

    private int BlockOf(int channel, int phase) => BlockOf(channel, _g.InC, _blocks[phase]);
}
