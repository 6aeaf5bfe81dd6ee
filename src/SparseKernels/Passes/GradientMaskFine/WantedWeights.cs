using System.Numerics;
using System.Runtime.CompilerServices;
using SparseKernels.Geometry;
using SparseKernels.Memory;
using SparseKernels.Sparsity;

namespace SparseKernels.Passes.GradientMaskFine;

/// <summary>
/// The wanted weights of a pattern in the order in which a <see cref="GradientMaskFinePass"/> sums them,
/// <c>[group][channel block][k][c][tap]</c>: where each one's window of packed x starts, and its index in plain weights.
/// </summary>
internal sealed unsafe class WantedWeights : IDisposable
{
    /// <summary>The offset of a weight whose tap reads nothing: it has no sum.</summary>
    private const int NoOffset = -1;

    private readonly TapGeometry _g;
    private readonly GradientMaskFineTiling _t;

    /// <summary>
    /// Where the window of each weight <c>[c][tap]</c> of an output channel and a block starts in the block's packed channels.
    /// </summary>
    private readonly int[] _offsets;

    /// <summary>The channel of each such weight.</summary>
    private readonly int[] _channels;

    private readonly IntBuffer _starts;
    private readonly long[] _workBefore;
    private IntBuffer _entries = new(0);
    private AlignedBuffer _sums = new(0);
    private int _capacity;
    private int _count;
    private WeightPattern? _pattern;
    private int _version;

    public WantedWeights(TapGeometry geometry, GradientMaskFineTiling tiling)
    {
        (_g, _t) = (geometry, tiling);
        (_offsets, _channels) = (new int[_t.MostWeights], new int[_t.MostWeights]);
        for (var i = 0; i < _channels.Length; i++) _channels[i] = i / _g.InWeightStep;
        Array.Fill(_offsets, NoOffset);
        foreach (var tap in _g.Phases[0].Taps)
        {
            for (var c = 0; c < _t.BlockChannels; c++)
                _offsets[c * _g.InWeightStep + tap.R * _g.Shape.S + tap.S] = c * _t.ChannelStep + _t.OffsetOf(tap);
        }

        _starts = new IntBuffer((long)_g.Groups * _t.ChannelBlocks * _g.OutC + 1);
        _workBefore = new long[_t.Items + 1];
    }

    /// <summary>
    /// For each work item, and one past the last: the wanted weights of the items before it, and what items take without any.
    /// </summary>
    public ReadOnlySpan<long> WorkBefore => _workBefore;

    /// <summary>Offsets of the windows in a block's packed channels.</summary>
    public int* Offsets => _entries.Pointer;

    public int* Indexes => _entries.Pointer + _capacity;

    /// <summary>Channels in the block.</summary>
    public int* Channels => _entries.Pointer + 2 * (nint)_capacity;

    /// <summary>A share of the batch's sums, one for each wanted weight.</summary>
    public float* Sums(int split) => _sums.Pointer + (nint)split * _capacity;

    /// <summary>For output channel 0 of the group: its first wanted weight in a channel block; the next output channel's follow.</summary>
    public int* Starts(int group, int block) => _starts.Pointer + ((nint)group * _t.ChannelBlocks + block) * _g.OutC;

    /// <summary>Takes a pattern; free if it is the last call's and has not changed.</summary>
    public void Update(WeightPattern wanted)
    {
        if (ReferenceEquals(wanted, _pattern) && wanted.Version == _version) return;
        _pattern = null;
        Reserve(wanted.Count);
        _count = 0;
        for (var group = 0; group < _g.Groups; group++)
        {
            for (var block = 0; block < _t.ChannelBlocks; block++)
            {
                for (var k = 0; k < _g.OutC; k++)
                {
                    Starts(group, block)[k] = _count;
                    Append(wanted.Words, group * _g.OutC + k, block);
                }
            }
        }

        *Starts(_g.Groups, 0) = _count;
        for (var item = 0; item < _t.Items; item++) _workBefore[item + 1] = _workBefore[item] + 1 + WeightsOf(item);
        (_pattern, _version) = (wanted, wanted.Version);
    }

    private long WeightsOf(int item)
    {
        var one = _t.ItemOf(item);
        var weights = 0L;
        for (var block = one.FirstBlock; block < one.LastBlock; block++)
        {
            var starts = Starts(one.Group, block);
            weights += starts[one.LastOut] - starts[one.FirstOut];
        }

        return weights;
    }

    public void Dispose()
    {
        _starts.Dispose();
        _entries.Dispose();
        _sums.Dispose();
    }

    private void Reserve(int count)
    {
        if (count <= _capacity) return;
        _entries.Dispose();
        _sums.Dispose();
        _entries = new IntBuffer(3L * count);
        _sums = new AlignedBuffer((long)count * _t.Splits);
        _capacity = count;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Append(ReadOnlySpan<ulong> words, int k, int block)
    {
        const int BitsPerWord = 64;
        var channel = block * _t.BlockChannels;
        var first = (k * _g.InC + channel) * _g.InWeightStep;
        var last = first + Math.Min(_t.BlockChannels, _g.InC - channel) * _g.InWeightStep;
        var offsets = Offsets;
        var indexes = Indexes;
        var channels = Channels;
        var count = _count;
        fixed (int* offsetOf = _offsets, channelOf = _channels)
        {
            for (var word = first / BitsPerWord; word * BitsPerWord < last; word++)
            {
                var start = word * BitsPerWord;
                var bits = words[word];
                if (start < first) bits &= ulong.MaxValue << (first - start);
                if (last - start < BitsPerWord) bits &= (1UL << (last - start)) - 1;
                for (; bits != 0; bits &= bits - 1)
                {
                    var index = start + BitOperations.TrailingZeroCount(bits);
                    offsets[count] = offsetOf[index - first];
                    channels[count] = channelOf[index - first];
                    indexes[count] = index;
                    count += offsetOf[index - first] == NoOffset ? 0 : 1;
                }
            }
        }

        _count = count;
    }
}
