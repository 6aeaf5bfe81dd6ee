using System.Runtime.CompilerServices;
using SparseKernels.Memory;
using SparseKernels.Sparsity;

namespace SparseKernels.Packing;

/// <summary>One group's lists of weights without the entries whose input channel is zero throughout a work item.</summary>
internal sealed unsafe class LiveWeightLists(int channels) : IDisposable
{
    private readonly IntBuffer _live = new(channels);
    private AlignedBuffer _values = new(1);
    private IntBuffer _offsets = new(1);
    private IntBuffer _starts = new(1);
    private long _capacity = 1;
    private long _startCapacity = 1;

    public int* Starts => _starts.Pointer;

    public int* Offsets => _offsets.Pointer;

    public float* Values => _values.Pointer;

    /// <summary>Finds the channels of a packed input that hold a non-zero.</summary>
    /// <returns>How many are dead.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public int FindDead(float* packed, int planeLength, int channelStep)
    {
        var dead = 0;
        for (var c = 0; c < channels; c++, packed += channelStep)
        {
            _live.Pointer[c] = NonZeroBits.Any(packed, planeLength / BlockedTensor.Block) ? 1 : 0;
            dead += 1 - _live.Pointer[c];
        }

        return dead;
    }

    /// <summary>Copies the live entries of the lists from <paramref name="first"/> on.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Copy(SparseWeightLists lists, int first)
    {
        var starts = lists.Starts + first;
        var offsets = lists.Offsets;
        var values = lists.Values;
        var channel = lists.Channels;
        Reserve(starts[lists.ListsOfGroup] - starts[0] + 1, lists.ListsOfGroup + 1L);
        var toStarts = Starts;
        var toOffsets = Offsets;
        var toValues = Values;
        var live = _live.Pointer;
        nint to = 0;
        for (var list = 0; list < lists.ListsOfGroup; list++)
        {
            toStarts[list] = (int)to;
            for (nint e = starts[list]; e < starts[list + 1]; e++)
            {
                toOffsets[to] = offsets[e];
                toValues[to] = values[e];
                to += live[channel[e]];
            }
        }

        toStarts[lists.ListsOfGroup] = (int)to;
    }

    public void Dispose()
    {
        _live.Dispose();
        _values.Dispose();
        _offsets.Dispose();
        _starts.Dispose();
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
