using System.Runtime.CompilerServices;
using SparseKernels.Geometry;
using SparseKernels.Memory;
using SparseKernels.Passes.Frame;

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
    private readonly CompressedSparseRows _nonZeros = new(
        places.Geometry.Shape.K, places.Geometry.Shape.WeightLength / places.Geometry.Shape.K);
    private AlignedBuffer _values = new(1);
    private IntBuffer _offsets = new(1);
    private IntBuffer _channels = new(1);
    private IntBuffer _indexes = new(1);
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
    public override void Pack(float* plain)
    {
        Version++;
        _nonZeros.Compress(plain);
        ChooseBlocks((double)_nonZeros.Count / _g.Shape.WeightLength);
        _row.ChooseLists(_blocks);
        var lists = ListsOfGroup * _g.Groups;
        Reserve(_nonZeros.Count, lists + 1L);
        new Span<int>(Starts, lists + 1).Clear();
        ForEachRow(fill: false);
        var entries = 0;
        for (var list = 0; list < lists; list++)
        {
            var length = Starts[list];
            Starts[list] = entries;
            entries += length;
        }

        // Filling moves each start to its list's end, the next list's start.
        ForEachRow(fill: true);
        for (var list = lists; list > 0; list--) Starts[list] = Starts[list - 1];
        Starts[0] = 0;
        Entries = entries;
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void UpdateValues(float* plain)
    {
        Version++;
        var values = Values;
        var indexes = _indexes.Pointer;
        for (nint i = 0; i < Entries; i++) values[i] = plain[indexes[i]];
    }

    public override void Dispose()
    {
        _nonZeros.Dispose();
        _values.Dispose();
        _offsets.Dispose();
        _channels.Dispose();
        _indexes.Dispose();
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
            _indexes.Dispose();
            (_values, _offsets, _channels, _indexes) = (new(entries), new(entries), new(entries), new(entries));
            _capacity = entries;
        }

        if (starts <= _startCapacity) return;
        _starts.Dispose();
        _starts = new(starts);
        _startCapacity = starts;
    }

    private void ForEachRow(bool fill)
    {
        var rows = _g.Shape.GroupK;
        for (var i = 0; i < rows * _g.Groups; i++)
        {
            var starts = Starts + (nint)(i / rows) * ListsOfGroup;
            _row.MoveTo(i % rows);
            if (fill) FillRow(i, starts);
            else CountRow(i, starts);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void CountRow(int row, int* counts)
    {
        var columns = _nonZeros.Columns;
        var last = _nonZeros.Starts[row + 1];
        fixed (int* lists = _row.Lists, phases = _row.Phases, rowLists = _row.RowLists)
        {
            for (nint e = _nonZeros.Starts[row]; e < last; e++)
            {
                var i = columns[e];
                if (lists[i] >= 0) counts[lists[i] + rowLists[phases[i]]]++;
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void FillRow(int row, int* next)
    {
        var values = Values;
        var offsets = Offsets;
        var channels = Channels;
        var indexes = _indexes.Pointer;
        var columns = _nonZeros.Columns;
        var plain = _nonZeros.Values;
        var last = _nonZeros.Starts[row + 1];
        var first = row * _row.Length;
        var (rowOffset, rowChannel) = (_row.Offset + (row / _g.Shape.GroupK * _groupOffset), _row.Channel);
        fixed (int* lists = _row.Lists, phases = _row.Phases, rowLists = _row.RowLists, rowOffsets = _row.Offsets, rowChannels = _row.Channels)
        {
            for (nint e = _nonZeros.Starts[row]; e < last; e++)
            {
                var i = columns[e];
                if (lists[i] < 0) continue;
                nint entry = next[lists[i] + rowLists[phases[i]]]++;
                values[entry] = plain[e];
                offsets[entry] = rowOffsets[i] + rowOffset;
                channels[entry] = rowChannels[i] + rowChannel;
                indexes[entry] = first + i;
            }
        }
    }
}
