using System.Runtime.CompilerServices;
using SparseKernels.Isa;
using SparseKernels.Memory;
using SparseKernels.Sparsity;

namespace SparseKernels.Passes.Lists;

/// <summary>
/// One group's lists of weights without the entries whose input channel is zero throughout a work item. As many live channels make a block
/// as made one before, so lists stay long and are fewer: <c>[phase][block][output channel]</c>. Work items tend to have the same dead
/// channels; a copy serves until they, or the weights, change.
/// </summary>
/// <param name="channels">Input channels of a group.</param>
/// <param name="phases">Phases of the pass.</param>
internal sealed unsafe class LiveWeightLists(int channels, int phases) : IDisposable
{
    /// <summary>Vectors that dead channels must save for each channel of the group, or copying the lists costs more than it saves.</summary>
    public const int CopyCost = 4;

    private const int Dead = -1;

    private readonly int[] _blocks = new int[phases];

    /// <summary>By channel: <see cref="Dead"/>, or any other number, after <see cref="Copy"/> its block.</summary>
    private readonly IntBuffer _block = new(channels);

    private AlignedBuffer _values = new(1);
    private IntBuffer _offsets = new(1);
    private IntBuffer _starts = new(1);
    private long _capacity = 1;
    private long _startCapacity = 1;
    private int _live;
    private (WeightLists? Lists, int Version, int First) _copied;

    public int* Starts => _starts.Pointer;

    public int* Offsets => _offsets.Pointer;

    public float* Values => _values.Pointer;

    /// <summary>Blocks of live channels of each phase's lists.</summary>
    public int[] Blocks => _blocks;

    /// <summary>Finds the channels of a packed input that hold a non-zero.</summary>
    /// <returns>How many are dead.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public int FindDead(float* packed, int planeLength, int channelStep)
    {
        _live = 0;
        for (var c = 0; c < channels; c++, packed += channelStep)
        {
            var live = NonZeroBits.Any(packed, planeLength / LaneBlock.Size);
            _live += live ? 1 : 0;
            if (live == (_block.Pointer[c] != Dead)) continue;
            _block.Pointer[c] = live ? 0 : Dead;
            _copied = default;
        }

        return channels - _live;
    }

    /// <summary>Copies the live entries of the lists of the group whose first list is <paramref name="first"/>.</summary>
    public void Copy(WeightLists lists, int first)
    {
        if (_copied == (lists, lists.Version, first)) return;
        var starts = lists.Starts + first;
        Reserve(starts[lists.ListsOfGroup] - starts[0] + 1, lists.ListsOfGroup + 1L);
        Starts[0] = 0;
        var list = 0;
        for (var phase = 0; phase < phases; phase++)
        {
            var (blocks, outputs) = (lists.Blocks[phase], lists.OutputChannels);
            _blocks[phase] = (int)(((long)blocks * _live + channels - 1) / channels);
            if (_blocks[phase] > 0) Divide(_blocks[phase]);
            for (int block = 0, c = 0; block < _blocks[phase]; block++, list += outputs)
            {
                while (_block.Pointer[c] != block) c++;
                var (from, last) = (c, c);
                for (; c < channels && _block.Pointer[c] <= block; c++) last = _block.Pointer[c] == block ? c : last;
                var (firstBlock, lastBlock) = (WeightRow.BlockOf(from, channels, blocks), WeightRow.BlockOf(last, channels, blocks));
                CopyBlock(lists, starts + (nint)firstBlock * outputs, lastBlock - firstBlock + 1, block, list);
            }

            starts += (nint)blocks * outputs;
        }

        _copied = (lists, lists.Version, first);
    }

    public void Dispose()
    {
        _block.Dispose();
        _values.Dispose();
        _offsets.Dispose();
        _starts.Dispose();
    }

    /// <summary>Divides the live channels evenly.</summary>
    private void Divide(int blocks)
    {
        for (int c = 0, rank = 0; c < channels; c++)
        {
            if (_block.Pointer[c] != Dead) _block.Pointer[c] = WeightRow.BlockOf(rank++, _live, blocks);
        }
    }

    /// <summary>Copies what of a few blocks' lists lies in one block of live channels, for every output channel.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void CopyBlock(WeightLists lists, int* starts, int blocks, int block, int list)
    {
        var offsets = lists.Offsets;
        var values = lists.Values;
        var channel = lists.Channels;
        var blockOf = _block.Pointer;
        var toStarts = Starts + list;
        var toOffsets = Offsets;
        var toValues = Values;
        nint outputs = lists.OutputChannels;
        nint to = toStarts[0];
        for (nint k = 0; k < outputs; k++)
        {
            for (var from = starts + k; from < starts + blocks * outputs; from += outputs)
            {
                for (nint e = from[0]; e < from[1]; e++)
                {
                    toOffsets[to] = offsets[e];
                    toValues[to] = values[e];
                    to += blockOf[channel[e]] == block ? 1 : 0;
                }
            }

            toStarts[k + 1] = (int)to;
        }
    }

    private void Reserve(long entries, long starts)
    {
        if (entries > _capacity)
        {
            _values.Dispose();
            _offsets.Dispose();
            (_values, _offsets, _capacity) = (new(entries), new(entries), entries);
        }

        if (starts <= _startCapacity) return;
        _starts.Dispose();
        (_starts, _startCapacity) = (new(starts), starts);
    }
}
