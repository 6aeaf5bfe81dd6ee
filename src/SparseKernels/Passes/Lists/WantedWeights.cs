using System.Numerics;
using System.Runtime.CompilerServices;
using SparseKernels.Geometry;
using SparseKernels.Memory;
using SparseKernels.Sparsity;
using static SparseKernels.Geometry.Cut;

namespace SparseKernels.Passes.Lists;

/// <summary>
/// The wanted weights of a pattern in the order in which a BackwardWeights pass sums them, <c>[group][channel block][k][c][tap]</c>: where
/// each one's window of x starts, its index in plain weights, and its sums over shares of the batch.
/// </summary>
internal sealed unsafe class WantedWeights : IDisposable
{
    /// <summary>The offset of a weight whose tap reads nothing: it has no sum.</summary>
    private const int NoOffset = -1;

    private readonly TapGeometry _g;
    private readonly int _channelStep;
    private readonly int _splits;
    private readonly Func<int, WantedShare> _shareOf;

    /// <summary>By tap: where it reads of a channel.</summary>
    private readonly int[] _tapOffsets;

    /// <summary>
    /// Where the window of each weight <c>[c][tap]</c> of an output channel and a block starts in the block's channels.
    /// </summary>
    private int[] _offsets = [];

    /// <summary>The channel of each such weight.</summary>
    private int[] _channels = [];

    private readonly long[] _workBefore;
    private IntBuffer _starts = new(1);
    private IntBuffer _entries = new(0);
    private AlignedBuffer _sums = new(0);
    private int _capacity;
    private int _count;
    private WeightPattern? _pattern;
    private int _version;

    /// <param name="geometry">The Forward geometry.</param>
    /// <param name="channelStep">Floats from one channel of x to the next.</param>
    /// <param name="offsetOf">Where a tap's window starts in a channel of x.</param>
    /// <param name="splits">Shares of the batch.</param>
    /// <param name="items">Work items.</param>
    /// <param name="shareOf">What a work item sums.</param>
    public WantedWeights(TapGeometry geometry, int channelStep, Func<Tap, int> offsetOf, int splits, int items, Func<int, WantedShare> shareOf)
    {
        (_g, _channelStep, _splits, _shareOf) = (geometry, channelStep, splits, shareOf);
        _tapOffsets = new int[_g.InWeightStep];
        Array.Fill(_tapOffsets, NoOffset);
        foreach (var tap in _g.Phases[0].Taps) _tapOffsets[tap.R * _g.Shape.S + tap.S] = offsetOf(tap);
        _workBefore = new long[items + 1];
    }

    /// <summary>Channels of x in a block, but the last.</summary>
    public int BlockChannels { get; private set; }

    /// <summary>Blocks of x's channels.</summary>
    public int ChannelBlocks { get; private set; }

    /// <summary>Weights of an output channel and a block of channels.</summary>
    public int MostWeights => _offsets.Length;

    /// <summary>
    /// For each work item, and one past the last: the wanted weights of the items before it, and what items take without any.
    /// </summary>
    public ReadOnlySpan<long> WorkBefore => _workBefore;

    /// <summary>Offsets of the windows in a block's channels.</summary>
    public int* Offsets => _entries.Pointer;

    /// <summary>Channels in the block.</summary>
    public int* Channels => _entries.Pointer + 2 * (nint)_capacity;

    private int* Indexes => _entries.Pointer + _capacity;

    /// <summary>A share of the batch's sums, one for each wanted weight.</summary>
    public float* Sums(int split) => _sums.Pointer + (nint)split * _capacity;

    /// <summary>For output channel 0 of the group: its first wanted weight in a channel block; the next output channel's follow.</summary>
    public int* Starts(int group, int block) => _starts.Pointer + ((nint)group * ChannelBlocks + block) * _g.OutC;

    /// <summary>Takes a pattern; free if it is the last call's and has not changed.</summary>
    /// <param name="wanted">The pattern.</param>
    /// <param name="channelBlocks">Into how many blocks x's channels fall, or as few more as makes them even.</param>
    public void Update(WeightPattern wanted, int channelBlocks)
    {
        if (ReferenceEquals(wanted, _pattern) && wanted.Version == _version) return;
        _pattern = null;
        Divide(Ceiling(_g.InC, channelBlocks));
        Reserve(wanted.Count);
        _count = 0;
        for (var group = 0; group < _g.Groups; group++)
        {
            for (var block = 0; block < ChannelBlocks; block++)
            {
                for (var k = 0; k < _g.OutC; k++)
                {
                    Starts(group, block)[k] = _count;
                    Append(wanted.Words, group * _g.OutC + k, block);
                }
            }
        }

        *Starts(_g.Groups, 0) = _count;
        for (var item = 0; item < _workBefore.Length - 1; item++) _workBefore[item + 1] = _workBefore[item] + 1 + WeightsOf(_shareOf(item));
        (_pattern, _version) = (wanted, wanted.Version);
    }

    /// <summary>Starts the sums of a work item with zero.</summary>
    public void Clear(in WantedShare share)
    {
        var sums = Sums(share.Split);
        for (var block = share.FirstBlock; block < Math.Min(share.LastBlock, ChannelBlocks); block++)
        {
            var starts = Starts(share.Group, block);
            new Span<float>(sums + starts[share.FirstOut], starts[share.LastOut] - starts[share.FirstOut]).Clear();
        }
    }

    /// <summary>Adds up the shares of one output channel's weights in ascending order.</summary>
    /// <param name="k">The output channel, of all groups'.</param>
    /// <param name="dw">All weights' gradients; where none is wanted, zero is written.</param>
    /// <returns>Whether all are finite.</returns>
    public bool Write(int k, float* dw)
    {
        var isFinite = true;
        new Span<float>(dw + (nint)k * _g.OutWeightStep, _g.OutWeightStep).Clear();
        for (var block = 0; block < ChannelBlocks; block++)
        {
            var starts = Starts(k / _g.OutC, block) + k % _g.OutC;
            for (var i = starts[0]; i < starts[1]; i++)
            {
                var sum = Sums(0)[i];
                for (var split = 1; split < _splits; split++) sum += Sums(split)[i];
                dw[Indexes[i]] = sum;
                isFinite &= float.IsFinite(sum);
            }
        }

        return isFinite;
    }

    public void Dispose()
    {
        _starts.Dispose();
        _entries.Dispose();
        _sums.Dispose();
    }

    private long WeightsOf(WantedShare share)
    {
        var weights = 0L;
        for (var block = share.FirstBlock; block < Math.Min(share.LastBlock, ChannelBlocks); block++)
        {
            var starts = Starts(share.Group, block);
            weights += starts[share.LastOut] - starts[share.FirstOut];
        }

        return weights;
    }

    private void Divide(int blockChannels)
    {
        if (blockChannels == BlockChannels) return;
        (BlockChannels, ChannelBlocks) = (blockChannels, Ceiling(_g.InC, blockChannels));
        var weights = checked(blockChannels * _g.InWeightStep);
        (_offsets, _channels) = (new int[weights], new int[weights]);
        for (var i = 0; i < weights; i++)
        {
            var (c, tap) = (i / _g.InWeightStep, _tapOffsets[i % _g.InWeightStep]);
            (_offsets[i], _channels[i]) = (tap == NoOffset ? NoOffset : c * _channelStep + tap, c);
        }

        _starts.Dispose();
        _starts = new IntBuffer((long)_g.Groups * ChannelBlocks * _g.OutC + 1);
    }

    private void Reserve(int count)
    {
        if (count <= _capacity) return;
        _entries.Dispose();
        _sums.Dispose();
        _entries = new IntBuffer(3L * count);
        _sums = new AlignedBuffer((long)count * _splits);
        _capacity = count;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Append(ReadOnlySpan<ulong> words, int k, int block)
    {
        const int BitsPerWord = 64;
        var channel = block * BlockChannels;
        var first = (k * _g.InC + channel) * _g.InWeightStep;
        var last = first + Math.Min(BlockChannels, _g.InC - channel) * _g.InWeightStep;
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
