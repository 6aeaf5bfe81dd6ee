using System.Numerics;
using System.Runtime.CompilerServices;
using SparseKernels.Memory;
using SparseKernels.Scheduling;
using SparseKernels.Sparsity;

namespace SparseKernels.Packing;

/// <summary>
/// The non-zero weights of a Forward or BackwardData pass as lists: one for each output channel and block of input channels, in
/// the order <c>[group][phase][block][output channel]</c>. An entry is a weight and the place of its input in a <see cref="SlotPanel"/>.
/// </summary>
/// <remarks>
/// A block is as many input channels as have their share of a tile's pixels in L1 while all output channels pass, or more where
/// lists would have too few entries to pay for their ends, up to what L2 holds. It follows from the density found, so it is the same for every number of threads.
/// </remarks>
/// <param name="panel">The packed input that the lists point into.</param>
/// <param name="tileBytes">Bytes of one channel that a tile of pixels reads.</param>
internal sealed unsafe class SparseWeightLists(SlotPanel panel, int tileBytes) : SparseWeightForm
{
    /// <summary>Entries that pay for a mispredicted end of a list.</summary>
    private const double EnoughEntries = 12;

    /// <summary>Channels of a block at least, however wide a tile reads: shorter lists would load and store sums more than they add.</summary>
    private const int FewestChannels = 8;

    private readonly TapGeometry _g = panel.Geometry;
    private readonly int[] _blocks = new int[panel.Geometry.Phases.Length];
    private readonly WeightRow _row = new(panel);
    private AlignedBuffer _values = new(1);
    private IntBuffer _offsets = new(1);
    private IntBuffer _channels = new(1);
    private IntBuffer _indexes = new(1);
    private IntBuffer _starts = new(2);
    private long _capacity = 1;
    private long _startCapacity = 2;

    /// <summary>Entries of all lists.</summary>
    public int Entries { get; private set; }

    /// <summary>Lists of a group.</summary>
    public int ListsOfGroup { get; private set; }

    /// <summary>List i has the entries from <c>Starts[i]</c> to before <c>Starts[i + 1]</c>.</summary>
    public int* Starts => _starts.Pointer;

    /// <summary>An entry's place in the panel, in floats from that of the output pixel.</summary>
    public int* Offsets => _offsets.Pointer;

    /// <summary>An entry's weight.</summary>
    public float* Values => _values.Pointer;

    /// <summary>An entry's input channel in its group.</summary>
    public int* Channels => _channels.Pointer;

    /// <summary>Blocks of input channels of a phase's lists; none if the phase has no taps.</summary>
    public int Blocks(int phase) => _blocks[phase];

    /// <summary>Blocks of input channels into which lists of so dense weights fall.</summary>
    internal static int BlocksOf(int channels, int taps, int tileBytes, double density)
    {
        var fewest = Math.Clamp(MachineTopology.L1Bytes * 5 / 8 / tileBytes, Math.Min(FewestChannels, channels), channels);
        var most = Math.Max(fewest, MachineTopology.L2Bytes / 2 / tileBytes);
        return (int)Math.Ceiling(channels / Math.Clamp(Math.Min(EnoughEntries / (density * taps), most), fewest, channels));
    }

    /// <summary>Packs: counts the entries of each list, then puts every entry where its list has room for it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Pack(float* plain)
    {
        var count = Count(plain, _g.Shape.WeightLength);
        ChooseBlocks((double)count / _g.Shape.WeightLength);
        _row.ChooseLists(_blocks);
        var lists = ListsOfGroup * _g.Groups;
        Reserve(count, lists + 1L);
        new Span<int>(Starts, lists + 1).Clear();
        ForEachRow(plain, fill: false);
        var entries = 0;
        for (var list = 0; list < lists; list++)
        {
            var length = Starts[list];
            Starts[list] = entries;
            entries += length;
        }

        // Filling moves each start to its list's end, the next list's start.
        ForEachRow(plain, fill: true);
        for (var list = lists; list > 0; list--) Starts[list] = Starts[list - 1];
        Starts[0] = 0;
        Entries = entries;
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void UpdateValues(float* plain)
    {
        var values = Values;
        var indexes = _indexes.Pointer;
        for (nint i = 0; i < Entries; i++) values[i] = plain[indexes[i]];
    }

    public override void Dispose()
    {
        _values.Dispose();
        _offsets.Dispose();
        _channels.Dispose();
        _indexes.Dispose();
        _starts.Dispose();
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int Count(float* weights, int length)
    {
        var (count, i) = (0, 0);
        for (; i + BlockedTensor.Block <= length; i += BlockedTensor.Block) count += BitOperations.PopCount(NonZeroBits.Of(weights + i));
        for (; i < length; i++) count += weights[i] != 0 ? 1 : 0;
        return count;
    }

    private void ChooseBlocks(double density)
    {
        ListsOfGroup = 0;
        for (var phase = 0; phase < _blocks.Length; phase++)
        {
            var taps = _g.Phases[phase].Taps.Length;
            _blocks[phase] = taps == 0 ? 0 : BlocksOf(_g.InC, taps, tileBytes, density);
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

    private void ForEachRow(float* plain, bool fill)
    {
        var rows = _g.Shape.GroupK;
        for (var i = 0; i < rows * _g.Groups; i++)
        {
            var first = i * _row.Length;
            var starts = Starts + (nint)(i / rows) * ListsOfGroup;
            _row.MoveTo(i % rows);
            if (fill) FillRow(plain, first, starts);
            else CountRow(plain + first, starts);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void CountRow(float* weights, int* counts)
    {
        fixed (int* lists = _row.Lists, phases = _row.Phases, rowLists = _row.RowLists)
        {
            for (var j = 0; j < _row.Length; j += BlockedTensor.Block)
            {
                for (var bits = Bits(weights, j); bits != 0; bits &= bits - 1)
                {
                    var i = j + BitOperations.TrailingZeroCount(bits);
                    if (lists[i] >= 0) counts[lists[i] + rowLists[phases[i]]]++;
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void FillRow(float* plain, int first, int* next)
    {
        var values = Values;
        var offsets = Offsets;
        var channels = Channels;
        var indexes = _indexes.Pointer;
        fixed (int* lists = _row.Lists, phases = _row.Phases, rowLists = _row.RowLists, rowOffsets = _row.Offsets, rowChannels = _row.Channels)
        {
            for (var j = 0; j < _row.Length; j += BlockedTensor.Block)
            {
                for (var bits = Bits(plain + first, j); bits != 0; bits &= bits - 1)
                {
                    var i = j + BitOperations.TrailingZeroCount(bits);
                    if (lists[i] < 0) continue;
                    nint entry = next[lists[i] + rowLists[phases[i]]]++;
                    values[entry] = plain[first + i];
                    offsets[entry] = rowOffsets[i] + _row.Offset;
                    channels[entry] = rowChannels[i] + _row.Channel;
                    indexes[entry] = first + i;
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private uint Bits(float* weights, int j)
    {
        if (j + BlockedTensor.Block <= _row.Length) return NonZeroBits.Of(weights + j);
        uint bits = 0;
        for (var i = j; i < _row.Length; i++) bits |= (weights[i] != 0 ? 1u : 0) << (i - j);
        return bits;
    }
}
