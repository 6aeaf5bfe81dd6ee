using SparseKernels.Geometry;
using SparseKernels.Isa;
using SparseKernels.Kernels;
using SparseKernels.Passes.Frame;

namespace SparseKernels.Passes.ResultFine;

/// <summary>The time of a <see cref="ResultFinePass"/>.</summary>
internal sealed class ResultFineTerms : CostTerms
{
    private const int Block = LaneBlock.Size;

    private readonly bool _isForward;
    private readonly int _chunks;
    private readonly double _far;
    private readonly double _channelsOfRun;
    private readonly double _elementsOfRow;

    /// <summary>Of every phase: lists of wanted pixels, pixels of each, and blocks and runs of a chunk that each pixel sums.</summary>
    private readonly (double Lists, double Pixels, double Blocks, double Runs)[] _phases;

    private readonly double _packed;
    private readonly double _pixels;
    private readonly double _written;
    private readonly double _weights;

    public ResultFineTerms(TapGeometry g, int threads)
        : this(g, new ResultFineTiling(g, threads), threads)
    {
    }

    private ResultFineTerms(TapGeometry g, ResultFineTiling t, int threads)
        : base(t.Items, threads)
    {
        _isForward = g.IsForward;
        _chunks = t.Chunks;
        double n = g.Shape.N;
        var units = (double)t.Units * g.Groups;
        _phases = g.Phases.Select(phase => (
            units * g.OutC,
            n * g.Groups * phase.Rows * phase.Columns / units,
            (double)t.InBlocks / t.Chunks * phase.Taps.Length,
            (double)phase.Taps.Select(tap => tap.Dh).Distinct().Count())).ToArray();
        _channelsOfRun = Block * (double)g.TapCount / Math.Max(
            1, g.Phases.Sum(phase => phase.Taps.Select(tap => tap.Dh).Distinct().Count()));
        _elementsOfRow = (double)Block * g.InW;
        _packed = units * t.PackedUnit * t.Chunks * t.OutBlockGroups;
        _pixels = units * t.OutBlocks * t.Chunks * t.PaddedPixels * g.Phases.Length;
        _written = n * g.Groups * t.OutBlocks * Block * g.OutH * g.OutW;
        _far = Far(g.Shape);
        _weights = g.Shape.WeightLength;
    }

    /// <summary>The terms, in their order.</summary>
    public static IReadOnlyList<string> Names { get; } =
        ["products", "tiles", "runs", "sums", "lists", "elements", "packed", "pixels", "written", "weights", "far", "call"];

    public override void Fill(in PassWork work, int way, Span<double> terms)
    {
        var (data, result) = _isForward ? (work.Input, work.Output.Fine) : (work.Output, work.Input.Fine);
        var live = Live(work.Weight.Fine, _channelsOfRun) * Math.Min(Live(data.Fine, _elementsOfRow), Live(data.Coarse, Block));
        double products = 0, tileProducts = 0, runs = 0, tiles = 0, wanted = 0, lists = 0;
        foreach (var phase in _phases)
        {
            var wantedOfList = phase.Pixels * result;
            var tilesOfList = wantedOfList / KernelTable.MaxRows + Live(result, phase.Pixels) / 2;
            wanted += phase.Lists * wantedOfList;
            tiles += phase.Lists * tilesOfList;
            lists += phase.Lists;
            products += phase.Lists * wantedOfList * phase.Blocks;
            tileProducts += phase.Lists * tilesOfList * phase.Blocks;
            runs += phase.Lists * tilesOfList * phase.Runs;
        }

        terms[0] = products * _chunks * live;
        terms[1] = tileProducts * _chunks * live;
        terms[2] = runs * _chunks * live;
        terms[3] = tiles * _chunks;
        terms[4] = lists * _chunks;
        terms[5] = wanted * _chunks;
        terms[6] = _packed;
        terms[7] = _pixels;
        terms[8] = _written;
        terms[9] = _weights * PackingOf(in work);
        terms[10] = _far;
        terms[11] = 1;
    }
}
