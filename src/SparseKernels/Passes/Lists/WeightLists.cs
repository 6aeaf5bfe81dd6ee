using System.Runtime.CompilerServices;
using SparseKernels.Geometry;
using SparseKernels.Memory;
using SparseKernels.Packing;
using SparseKernels.Passes.Frame;
using SparseKernels.Sparsity;

namespace SparseKernels.Passes.Lists;

/// <summary>
/// The non-zero weights of a Forward or BackwardData pass as lists: one for each output channel and block of input channels, in
/// the order <c>[group][phase][block][output channel]</c>. An entry is a weight and the place of its input.
/// </summary>
/// <param name="places">What the lists point into.</param>
/// <param name="blocking">How many blocks of input channels there are.</param>
/// <param name="joinsGroups">Whether inputs are found from the first group's, so that lists of several groups serve one work item, not from their own group's.</param>
internal sealed unsafe class WeightLists(IInputPlaces places, ListBlocking blocking, bool joinsGroups = false) : SparseWeightForm
{
    private readonly TapGeometry _g = places.Geometry;
    private readonly int _groupOffset = joinsGroups ? checked(places.Geometry.InC * places.ChannelStep) : 0;
    private readonly int[] _blocks = new int[places.Geometry.Phases.Length];
    private readonly WeightRow _row = new(places);
    private AlignedBuffer _values = new(1);
    private IntBuffer _offsets = new(1);
    private IntBuffer _channels = new(1);

    /// <summary>An entry's place among the live weights.</summary>
    private IntBuffer _ranks = new(1);
    private IntBuffer _starts = new(2);
    private long _capacity = 1;
    private long _startCapacity = 2;

    /// <summary>Entries of all lists.</summary>
    public int Entries { get; private set; }

    /// <summary>Counts changes, so that whoever made a copy knows when it is stale.</summary>
    public int Version { get; private set; }

    /// <summary>Lists of a group.</summary>
    public int ListsOfGroup { get; private set; }

    /// <summary>List i has the entries from <c>Starts[i]</c> to before <c>Starts[i + 1]</c>.</summary>
    public int* Starts => _starts.Pointer;

    /// <summary>An entry's place in the input, in floats from that of the output pixel.</summary>
    public int* Offsets => _offsets.Pointer;

    /// <summary>An entry's weight.</summary>
    public float* Values => _values.Pointer;

    /// <summary>An entry's input channel in its group.</summary>
    public int* Channels => _channels.Pointer;

    /// <summary>Blocks of input channels of each phase's lists; none where the phase has no taps.</summary>
    public int[] Blocks => _blocks;

    /// <summary>Lists of a block.</summary>
    public int OutputChannels => _g.OutC;

    /// <summary>Packs: counts the entries of each list, then puts every entry where its list has room for it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override MovedBytes Pack(MaskedWeights weights)
    {
        Version++;
        var live = weights.Live;
        ChooseBlocks((double)live.Count / _g.Shape.WeightLength);
        _row.ChooseLists(_blocks);
        var lists = ListsOfGroup * _g.Groups;
        Reserve(live.Count, lists + 1L);
        new Span<int>(Starts, lists + 1).Clear();
        ForEachRow(live, fill: false);
        var entries = 0;
        for (var list = 0; list < lists; list++)
        {
            var length = Starts[list];
            Starts[list] = entries;
            entries += length;
        }

        // Filling moves each start to its list's end, the next list's start.
        ForEachRow(live, fill: true);
        for (var list = lists; list > 0; list--) Starts[list] = Starts[list - 1];
        Starts[0] = 0;
        Entries = entries;

        // Columns are read twice and values once; an entry has a value, an offset, a channel and a rank.
        return new MovedBytes(3 * MovedBytes.Of(live.Count), 4 * MovedBytes.Of(entries) + MovedBytes.Of(lists));
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override MovedBytes UpdateValues(MaskedWeights weights)
    {
        Version++;
        var values = Values;
        var live = weights.Live.Values;
        var ranks = _ranks.Pointer;
        for (nint i = 0; i < Entries; i++) values[i] = live[ranks[i]];
        return new MovedBytes(2 * MovedBytes.Of(Entries), MovedBytes.Of(Entries));
    }

    public override void Dispose()
    {
        _values.Dispose();
        _offsets.Dispose();
        _channels.Dispose();
        _ranks.Dispose();
        _starts.Dispose();
    }

    private void ChooseBlocks(double density)
    {
        ListsOfGroup = 0;
        for (var phase = 0; phase < _blocks.Length; phase++)
        {
            var taps = _g.Phases[phase].Taps.Length;
            _blocks[phase] = taps == 0 ? 0 : blocking.BlocksOf(_g.InC, taps, density);
            ListsOfGroup = checked(ListsOfGroup + _blocks[phase] * _g.OutC);
        }
    }

    private void Reserve(long entries, long starts)
    {
        if (entries > _capacity)
        {
            _values.Dispose();
            _offsets.Dispose();
            _channels.Dispose();
            _ranks.Dispose();
            (_values, _offsets, _channels, _ranks) = (new(entries), new(entries), new(entries), new(entries));
            _capacity = entries;
        }

        if (starts <= _startCapacity) return;
        _starts.Dispose();
        _starts = new(starts);
        _startCapacity = starts;
    }

    private void ForEachRow(LiveWeights live, bool fill)
    {
        var rows = _g.Shape.GroupK;
        for (var i = 0; i < rows * _g.Groups; i++)
        {
            var starts = Starts + (nint)(i / rows) * ListsOfGroup;
            _row.MoveTo(i % rows);
            if (fill) FillRow(live, i, starts);
            else CountRow(live, i, starts);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void CountRow(LiveWeights live, int row, int* counts)
    {
        var columns = live.Columns;
        var last = live.Starts[row + 1];
        fixed (int* lists = _row.Lists, phases = _row.Phases, rowLists = _row.RowLists)
        {
            for (nint e = live.Starts[row]; e < last; e++)
            {
                var i = columns[e];
                if (lists[i] >= 0) counts[lists[i] + rowLists[phases[i]]]++;
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void FillRow(LiveWeights live, int row, int* next)
    {
        var values = Values;
        var offsets = Offsets;
        var channels = Channels;
        var ranks = _ranks.Pointer;
        var columns = live.Columns;
        var ofLive = live.Values;
        var last = live.Starts[row + 1];
        var (rowOffset, rowChannel) = (_row.Offset + (row / _g.Shape.GroupK * _groupOffset), _row.Channel);
        fixed (int* lists = _row.Lists, phases = _row.Phases, rowLists = _row.RowLists, rowOffsets = _row.Offsets, rowChannels = _row.Channels)
        {
            for (nint e = live.Starts[row]; e < last; e++)
            {
                var i = columns[e];
                if (lists[i] < 0) continue;
                nint entry = next[lists[i] + rowLists[phases[i]]]++;
                values[entry] = ofLive[e];
                offsets[entry] = rowOffsets[i] + rowOffset;
                channels[entry] = rowChannels[i] + rowChannel;
                ranks[entry] = (int)e;
            }
        }
    }
}
