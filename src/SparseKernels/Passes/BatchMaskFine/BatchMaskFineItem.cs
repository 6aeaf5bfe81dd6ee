using SparseKernels.Geometry;
using SparseKernels.Isa;
using SparseKernels.Kernels;
using SparseKernels.Passes.Lists;
using SparseKernels.Sparsity;
using SparseKernels.Tensors;

namespace SparseKernels.Passes.BatchMaskFine;

/// <summary>One work item of a <see cref="BatchMaskFinePass"/>.</summary>
internal unsafe ref struct BatchMaskFineItem
{
    private const int Block = LaneBlock.Size;

    private readonly TapGeometry _g;
    private readonly BatchMaskFineTiling _t;
    private readonly WantedWeights _wanted;
    private readonly WantedShare _share;
    private readonly Operand _coarse;
    private readonly float* _sums;
    private readonly float* _unitSums;
    private readonly int* _liveOffsets;
    private readonly int* _livePlaces;
    private readonly int* _liveStarts;
    private readonly int* _liveInputs;
    private readonly int* _liveOutputs;

    /// <summary>The band's first input of the group's first channel.</summary>
    private float* _x;

    /// <summary>The band's first pixel of the item's first output channel.</summary>
    private float* _dy;

    private nint _dyChannel;
    private nint _dyRow;

    /// <summary>Runs of pixels that the band's rows make, and their length.</summary>
    private int _runs;
    private int _columns;

    public BatchMaskFineItem(BatchMaskFineTiling tiling, Operand coarse, BatchMaskFineScratch scratch, int worker, WantedShare share)
    {
        (_t, _g, _coarse, _wanted, _share) = (tiling, tiling.Places.Geometry, coarse, scratch.Wanted, share);
        _sums = _wanted.Sums(share.Split);
        _unitSums = scratch.Sums(worker);
        _liveOffsets = scratch.Offsets(worker);
        _livePlaces = scratch.Places(worker);
        _liveStarts = scratch.Starts(worker);
        _liveInputs = scratch.LiveInputs(worker);
        _liveOutputs = scratch.LiveOutputs(worker);
    }

    public void Run(in ImageView x, in ImageView dy)
    {
        _wanted.Clear(in _share);
        (_dyChannel, _dyRow) = (dy.Strides.Channel, dy.Strides.Row);
        var adjoin = _t.Places.RowsAdjoin(_g.Phases[0], dy.Strides);
        var first = (int)((long)_t.PixelBlocks * _share.Split / _t.Splits);
        var last = (int)((long)_t.PixelBlocks * (_share.Split + 1) / _t.Splits);
        for (var i = first; i < last; i++)
        {
            var image = i / _t.Bands * Block;
            var row = i % _t.Bands * _t.BandRows;
            var rows = Math.Min(_t.BandRows, _g.OutH - row);
            _x = x.Row(image, _share.Group * _g.InC, 0) + _t.Places.Start + (nint)row * _t.Places.RowStep;
            _dy = dy.Row(image, _share.Group * _g.OutC + _share.FirstOut, row);
            (_runs, _columns) = adjoin ? (1, rows * _g.OutW) : (rows, _g.OutW);
            if (_coarse == Operand.Output) FindLiveOutputs(rows);
            for (var block = 0; block < _wanted.ChannelBlocks; block++) SumBlock(block, rows);
        }
    }

    private void SumBlock(int block, int rows)
    {
        var starts = _wanted.Starts(_share.Group, block);
        if (starts[_share.FirstOut] == starts[_share.LastOut]) return;
        var x = _x + (nint)block * _wanted.BlockChannels * _t.Places.ChannelStep;
        var someDead = _coarse == Operand.Input && FindLiveInputs(x, Math.Min(_wanted.BlockChannels, _g.InC - block * _wanted.BlockChannels), rows);
        for (var k = _share.FirstOut; k < _share.LastOut;)
        {
            if (starts[k] == starts[k + 1] || IsDead(k))
            {
                k++;
                continue;
            }

            var last = k + 1;
            while (last < _share.LastOut && (starts[last + 1] - starts[k]) * _t.Lanes + (last + 1 - k) * _t.Tiles.Largest * Block <= _t.UnitFloats && !IsDead(last)) last++;
            if (someDead) SumLive(x, starts, k, last);
            else Sum(x, starts, k, last);
            k = last;
        }
    }

    /// <summary>Sums all wanted weights of a few output channels.</summary>
    private readonly void Sum(float* x, int* starts, int first, int last)
    {
        var count = starts[last] - starts[first];
        SumUnit(x, _wanted.Offsets, starts + first, first, last - first, count);
        LaneSums.AddVectors(_sums + starts[first], _unitSums, _t.Lanes, count);
    }

    /// <summary>Sums those that are of live channels of x.</summary>
    private readonly void SumLive(float* x, int* starts, int first, int last)
    {
        var count = 0;
        for (var k = first; k < last; k++)
        {
            _liveStarts[k - first] = count;
            for (var i = starts[k]; i < starts[k + 1]; i++)
            {
                _liveOffsets[count] = _wanted.Offsets[i];
                _livePlaces[count] = i;
                count += _liveInputs[_wanted.Channels[i]];
            }
        }

        _liveStarts[last - first] = count;
        SumUnit(x, _liveOffsets, _liveStarts, first, last - first, count);
        LaneSums.AddVectors(_sums, _livePlaces, _unitSums, _t.Lanes, count);
    }

    private readonly void SumUnit(float* x, int* offsets, int* starts, int first, int channels, int count)
    {
        new Span<float>(_unitSums, count * _t.Lanes).Clear();
        ListSddmmArguments a = default;
        a.Offsets = offsets;
        a.Starts = starts;
        a.Channels = channels;
        a.XStep = _t.Places.VectorStep;
        a.VChannelStep = _dyChannel;
        a.Sums = _unitSums;
        var dy = _dy + (first - _share.FirstOut) * _dyChannel;
        for (var run = 0; run < _runs; run++)
        {
            for (var column = 0; column < _columns;)
            {
                var tile = _t.Tiles.Next(_columns - column);
                a.Tiles = 1;
                while (_columns - column > a.Tiles * tile && _t.Tiles.Next(_columns - column - a.Tiles * tile) == tile) a.Tiles++;
                a.X = x + (nint)run * _t.Places.RowStep + (nint)column * a.XStep;
                a.V = dy + run * _dyRow + (nint)column * Block;
                ((delegate*<ListSddmmArguments*, void>)_t.Tiles.Kernel(tile))(&a);
                column += a.Tiles * tile;
            }
        }
    }

    private readonly bool IsDead(int k) => _coarse == Operand.Output && _liveOutputs[k] == 0;

    private readonly void FindLiveOutputs(int rows)
    {
        var length = (rows - 1) * _dyRow + _g.OutW * Block;
        for (var k = _share.FirstOut; k < _share.LastOut; k++)
            _liveOutputs[k] = NonZeroBits.Any(_dy + (k - _share.FirstOut) * _dyChannel, (int)(length / Block)) ? 1 : 0;
    }

    private readonly bool FindLiveInputs(float* x, int channels, int rows)
    {
        var inputRows = (rows - 1) * _g.InStepH + _g.MaxDh - _g.MinDh + 1;
        var columns = (_g.OutW - 1) * _g.InStepW + _g.MaxDw - _g.MinDw + 1;
        var length = (inputRows - 1) * (_t.Places.RowStep / _g.InStepH) + columns * Block;
        var dead = false;
        for (var c = 0; c < channels; c++)
        {
            _liveInputs[c] = NonZeroBits.Any(x + (nint)c * _t.Places.ChannelStep, length / Block) ? 1 : 0;
            dead |= _liveInputs[c] == 0;
        }

        return dead;
    }
}
