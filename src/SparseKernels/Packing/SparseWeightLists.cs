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
    private readonly int[][] _tapIndexes = panel.Geometry.Phases.Select(phase => phase.Taps.Select(tap => tap.R * panel.Geometry.Shape.S + tap.S).ToArray()).ToArray();
    private readonly int[][] _tapOffsets = panel.Geometry.Phases.Select(phase => phase.Taps.Select(panel.Offset).ToArray()).ToArray();
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

    /// <summary>Packs, in one counting and one filling pass.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Pack(float* plain)
    {
        var count = Count(plain, _g.Shape.WeightLength);
        ChooseBlocks((double)count / _g.Shape.WeightLength);
        Reserve(count + 1, (long)ListsOfGroup * _g.Groups + 1);
        var (list, entry) = (0, 0);
        for (var group = 0; group < _g.Groups; group++)
        {
            for (var phase = 0; phase < _blocks.Length; phase++)
            {
                for (var block = 0; block < _blocks[phase]; block++)
                {
                    var first = (int)((long)_g.InC * block / _blocks[phase]);
                    var last = (int)((long)_g.InC * (block + 1) / _blocks[phase]);
                    for (var k = 0; k < _g.OutC; k++)
                    {
                        Starts[list++] = entry;
                        entry = Append(plain, group, phase, k, first, last, entry);
                    }
                }
            }
        }

        Starts[list] = entry;
        Entries = entry;
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
        var fewestChannels = Math.Clamp(MachineTopology.L1Bytes * 5 / 8 / tileBytes, Math.Min(FewestChannels, _g.InC), _g.InC);
        var mostChannels = Math.Max(fewestChannels, MachineTopology.L2Bytes / 2 / tileBytes);
        ListsOfGroup = 0;
        for (var phase = 0; phase < _blocks.Length; phase++)
        {
            var entriesOfChannel = density * _tapIndexes[phase].Length;
            var channels = Math.Clamp(Math.Min(EnoughEntries / entriesOfChannel, mostChannels), fewestChannels, _g.InC);
            _blocks[phase] = _tapIndexes[phase].Length == 0 ? 0 : (int)Math.Ceiling(_g.InC / channels);
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

    /// <summary>Writes every weight as an entry and keeps it if it is non-zero: cheaper than a branch that random zeros mispredict.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private int Append(float* plain, int group, int phase, int k, int firstChannel, int lastChannel, int entry)
    {
        var rs = _g.Shape.R * _g.Shape.S;
        var start = (nint)group * _g.OutC * _g.InC * rs + (nint)k * _g.OutWeightStep;
        var values = Values;
        var offsets = Offsets;
        var channels = Channels;
        var indexes = _indexes.Pointer;
        var channelStep = panel.ChannelStep;
        fixed (int* taps = _tapIndexes[phase], tapOffsets = _tapOffsets[phase])
        {
            var count = _tapIndexes[phase].Length;
            for (var c = firstChannel; c < lastChannel; c++)
            {
                var index = (int)(start + (nint)c * _g.InWeightStep);
                for (var t = 0; t < count; t++)
                {
                    var value = plain[index + taps[t]];
                    values[entry] = value;
                    offsets[entry] = c * channelStep + tapOffsets[t];
                    channels[entry] = c;
                    indexes[entry] = index + taps[t];
                    entry += value != 0 ? 1 : 0;
                }
            }
        }

        return entry;
    }
}
