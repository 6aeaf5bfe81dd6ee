using SparseKernels.Geometry;
using SparseKernels.Isa;
using SparseKernels.Passes.Frame;
using SparseKernels.Passes.Lists;
using SparseKernels.Tensors;

namespace SparseKernels.Passes.InPlaceWeightFine;

/// <summary>The time of a <see cref="InPlaceWeightFinePass"/>.</summary>
internal sealed class InPlaceWeightFineTerms : CostTerms
{
    private const int Block = LaneBlock.Size;

    /// <summary>Every entry walked, or those of the input channels that are live in a work item, copied.</summary>
    private const int AsPacked = 0, Copied = 1;

    private readonly bool _skipsData;
    private readonly bool _skipsResult;
    private readonly bool _isForward;
    private readonly InPlaceWeightFineTiling _t;
    private readonly TapGeometry _g;
    private readonly double _far;
    private readonly double _images;
    private readonly double _lanesOfTile;

    /// <summary>Of every phase: taps, tiles of a channel's plane, cost of an entry over it, and its vectors.</summary>
    private readonly (int Taps, double Tiles, double Cost, double Vectors)[] _phases;

    private readonly int _vectorsRead;
    private readonly double _split;
    private readonly double _searched;
    private readonly double _wanted;
    private readonly double _cleared;

    public InPlaceWeightFineTerms(TapGeometry g, BlockedLayout layout, PassOperand coarse, InstructionSetKind isa, int threads)
        : this(g, coarse, new InPlaceWeightFineTiling(new TensorPlaces(g, PlaneStrides.Of(layout, g.InH, g.InW, g.Border)), isa, threads), threads)
    {
    }

    private InPlaceWeightFineTerms(TapGeometry g, PassOperand coarse, InPlaceWeightFineTiling t, int threads)
        : base(t.Items, threads)
    {
        (_g, _t, _isForward) = (g, t, g.IsForward);
        (_skipsData, _skipsResult) = (coarse == PassOperand.Data && !t.JoinsGroups, coarse == PassOperand.Result);
        _images = (double)t.Places.ImageItems * g.Groups;
        _phases = g.Phases.Select(phase => Of(phase)).ToArray();
        _far = Far(g.Shape);
        _vectorsRead = LaneBlock.Count(t.Places.WindowOfRows(0, t.BandRows).Count);
        _split = t.Places.Split is null ? 0 : (double)g.Shape.N * g.Groups * g.InC * t.Places.ChannelStep;
        _searched = _images * t.Bands * t.OutParts * g.InC * _vectorsRead * Block;
        _cleared = (double)g.Shape.N * LaneBlock.Count(g.OutTotal) * Block * g.OutH * g.OutW;
        _wanted = _images * Block * _phases.Sum(phase => phase.Vectors) * (LaneBlock.Count(g.OutC) + t.OutParts);
        _lanesOfTile = Block * _phases.Sum(phase => phase.Vectors) / Math.Max(1, _phases.Sum(phase => phase.Tiles));
    }

    /// <summary>The terms, in their order.</summary>
    public static IReadOnlyList<string> Names { get; } =
        ["steps", "entries", "lists", "sums", "searched", "wanted", "copied", "weights", "listed", "cleared", "split", "far", "call"];

    public override int Ways => _skipsData ? 2 : 1;

    public override int WayOf(in PassWork work)
    {
        var dead = 1 - (_isForward ? work.Input : work.Output).Coarse;
        return _skipsData && dead * _vectorsRead > LiveWeightLists.CopyCost ? Copied : AsPacked;
    }

    public override void Fill(in PassWork work, int way, Span<double> terms)
    {
        var weights = work.Weight.Fine;
        var channels = way == Copied ? (_isForward ? work.Input : work.Output).Coarse : 1;
        var outputs = _skipsResult ? Live((_isForward ? work.Output : work.Input).Fine, _lanesOfTile) : 1;
        double steps = 0, entries = 0, lists = 0, sums = 0;
        foreach (var (taps, tiles, cost, vectors) in _phases)
        {
            var blocks = taps == 0 ? 0 : _t.Blocking.BlocksOf(_g.InC, taps, weights);
            var live = Live(weights * channels, taps * _g.InC / Math.Max(1.0, blocks)) * blocks;
            steps += cost * taps;
            entries += tiles * taps;
            lists += tiles * live;

            // The first block's sums are stored, whether it has entries or not.
            sums += vectors * (1 + live);
        }

        double perOutput = _images * _g.OutC * outputs, perEntry = perOutput * _g.InC * weights * channels;
        terms[0] = steps * perEntry;
        terms[1] = entries * perEntry;
        terms[2] = lists * perOutput;
        terms[3] = sums * perOutput;
        terms[4] = _skipsData ? _searched : 0;
        terms[5] = _skipsResult ? _wanted : 0;
        terms[6] = way == Copied ? _images * _t.Bands * _t.OutParts * _g.Shape.WeightLength / _g.Groups * weights : 0;
        terms[7] = _g.Shape.WeightLength * PackingOf(in work);
        terms[8] = _g.Shape.WeightLength * weights * PackingOf(in work);
        terms[9] = _cleared * ClearingOf(in work);
        terms[10] = _split;
        terms[11] = _far;
        terms[12] = 1;
    }

    private (int Taps, double Tiles, double Cost, double Vectors) Of(TapPhase phase)
    {
        var (rows, columns) = _t.Places.GridOf(phase);
        if (_t.Places.IsPlanar) (rows, columns) = (_t.Bands, _t.BandRows);
        var (tiles, cost) = _t.Tiles.CutOf(columns);
        return (phase.Taps.Length, (double)rows * tiles, (double)rows * cost, (double)rows * columns);
    }
}
