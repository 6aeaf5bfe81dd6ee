using SparseKernels.Geometry;
using SparseKernels.Isa;
using SparseKernels.Kernels;
using SparseKernels.Passes.Lists;
using SparseKernels.Sparsity;
using SparseKernels.Tensors;

namespace SparseKernels.Passes.GradientMaskFine;

/// <summary>One work item of a <see cref="GradientMaskFinePass"/>.</summary>
internal unsafe ref struct GradientMaskFineItem
{
    private const int Block = LaneBlock.Size;

    private readonly GradientMaskFinePass _pass;
    private readonly TapGeometry _g;
    private readonly GradientMaskFineTiling _t;
    private readonly WantedWeights _wanted;
    private readonly GradientMaskFinePacker _packer;
    private readonly int* _runs;

    /// <summary>By channel of the block: 1 if it has a non-zero, else 0.</summary>
    private readonly int* _live;

    private readonly int* _liveOffsets;

    /// <summary>Of some output channels, whose dot products are still to be summed.</summary>
    private readonly RowTiles _tiles;

    private readonly float* _sums;
    private readonly WantedShare _share;
    private readonly int _firstPixels;
    private readonly int _lastPixels;

    /// <summary>The block's channels of x, packed.</summary>
    private readonly float* _x;

    /// <summary>The item's channels of dy, packed.</summary>
    private readonly float* _dy;

    public GradientMaskFineItem(GradientMaskFinePass pass, GradientMaskFineScratch scratch, int worker, WantedShare share)
    {
        (_pass, _g, _t, _wanted) = (pass, pass.Geometry, pass.Tiling, scratch.Wanted);
        _x = scratch.Of(worker);
        _dy = _x + scratch.DyOffset;
        _packer = new GradientMaskFinePacker(_g, _t, _x + scratch.PackingOffset);
        _runs = (int*)(_x + scratch.RunsOffset);
        _live = (int*)(_x + scratch.LiveOffset);
        _liveOffsets = (int*)(_x + scratch.LiveWeightsOffset);
        _tiles = new RowTiles((int*)(_x + scratch.TilesOffset), _t.SortedChannels, _t.MostWeights);
        _sums = _wanted.Sums(share.Split);
        _share = share;
        _firstPixels = (int)((long)_t.PixelBlocks * share.Split / _t.Splits);
        _lastPixels = (int)((long)_t.PixelBlocks * (share.Split + 1) / _t.Splits);
    }

    public void Run(in ImageView x, in ImageView dy)
    {
        var (group, firstBlock, lastBlock, firstOut, lastOut, _) = _share;
        _wanted.Clear(in _share);
        for (var i = _firstPixels; i < _lastPixels; i++)
        {
            var image = i / _t.Bands * _t.ImagesAtOnce;
            var row = i % _t.Bands * _t.BandRows;
            var windows = _packer.Windows(image);
            _packer.PackDy(in dy, image, row, group * _g.OutC + firstOut, lastOut - firstOut, _dy);
            var runs = FillRuns(Math.Min(_t.BandRows, _g.OutH - row), windows);
            for (var block = firstBlock; block < lastBlock; block++)
            {
                var starts = _wanted.Starts(group, block);
                if (starts[firstOut] == starts[lastOut]) continue;
                var c = block * _t.BlockChannels;
                _packer.PackX(in x, image, row, group * _g.InC + c, Math.Min(_t.BlockChannels, _g.InC - c), _x);
                Accumulate(block, runs, windows);
            }
        }
    }

    /// <summary>
    /// The rows of every window as runs of a dot product; one run of a window if its rows follow one another in both operands.
    /// </summary>
    private int FillRuns(int rows, int windows)
    {
        var (xStep, length) = (_g.InStepH * _t.PackedColumns * Block, _t.RowBlocks * Block);
        if (xStep == length) (rows, length) = (1, length * rows);
        for (var i = 0; i < windows * rows; i++)
        {
            var (window, row) = (i / rows, i % rows);
            _runs[3 * i] = window * _t.WindowStep + row * xStep;
            _runs[3 * i + 1] = window * (int)_t.OutWindowStep + row * length;
            _runs[3 * i + 2] = length;
        }

        return windows * rows;
    }

    /// <summary>Sums a block's wanted weights, those of a few output channels after the other.</summary>
    private void Accumulate(int block, int runs, int windows)
    {
        SddmmArguments a = default;
        a.X = _x;
        a.V = _dy;
        a.VStep = _t.OutStep;
        a.Runs = _runs;
        a.RunCount = runs;
        var starts = _wanted.Starts(_share.Group, block);
        var someDead = _pass.Coarse == Operand.Input && FindLive(block, windows);
        for (var first = _share.FirstOut; first < _share.LastOut; first += _t.SortedChannels)
        {
            var last = Math.Min(first + _t.SortedChannels, _share.LastOut);
            _tiles.Clear();
            for (var k = first; k < last; k++)
            {
                var (from, to) = (starts[k], starts[k + 1]);
                if (from == to || (_pass.Coarse == Operand.Output && IsDead(k, windows))) continue;
                if (someDead) SumLive(a, from, to, k - _share.FirstOut);
                else _tiles.Add(from, to - from, k - _share.FirstOut);
            }

            a.XOffsets = _wanted.Offsets;
            a.Sums = _sums;
            _tiles.Run(_pass.Kernels, &a);
        }
    }

    /// <summary>
    /// Sums all wanted weights from <paramref name="from"/> to before <paramref name="to"/> that are of live channels.
    /// </summary>
    private void SumLive(SddmmArguments a, int from, int to, int k)
    {
        var places = _liveOffsets + _t.MostWeights;
        var sums = (float*)(places + _t.MostWeights);
        var count = 0;
        for (var i = from; i < to; i++)
        {
            _liveOffsets[count] = _wanted.Offsets[i];
            places[count] = i;
            count += _live[_wanted.Channels[i]];
        }

        new Span<float>(sums, count).Clear();
        a.XOffsets = _liveOffsets;
        a.Sums = sums;
        _tiles.Add(0, count, k);
        _tiles.Run(_pass.Kernels, &a);
        _tiles.Clear();
        for (var i = 0; i < count; i++) _sums[places[i]] += sums[i];
    }

    private bool FindLive(int block, int windows)
    {
        var dead = false;
        for (var c = 0; c < Math.Min(_t.BlockChannels, _g.InC - block * _t.BlockChannels); c++)
        {
            _live[c] = IsDead(_x + (nint)c * _t.ChannelStep, _t.ChannelStep, _t.WindowStep, windows) ? 0 : 1;
            dead |= _live[c] == 0;
        }

        return dead;
    }

    private bool IsDead(int k, int windows) => IsDead(_dy + (nint)(k - _share.FirstOut) * _t.OutStep, _t.OutStep, _t.OutWindowStep, windows);

    private static bool IsDead(float* packed, int length, nint windowStep, int windows)
    {
        for (var window = 0; window < windows; window++, packed += windowStep)
        {
            if (NonZeroBits.Any(packed, length / Block)) return false;
        }

        return true;
    }
}
