using SparseKernels.Geometry;
using SparseKernels.Isa;
using SparseKernels.Kernels;
using SparseKernels.Memory;
using SparseKernels.Passes.Frame;

namespace SparseKernels.Passes.ResultFine;

/// <summary>
/// Runs a Forward or BackwardData pass whose result's zeros are known beforehand: a dot product over the input channels and taps for
/// each wanted element, none for the others, which become zero. Of data and weights, runs (a channel block along a filter row) that
/// are all zero are left out, whichever of the two the pair names.
/// </summary>
/// <remarks>
/// The lanes are the reduction. A work item packs its input chunk by chunk; the sums of the chunks are added in ascending order. Six
/// wanted pixels at a time share the loads of an output channel's weights. On AVX-512, whose blocks of 16 channels are one vector, a tile
/// has six multiply-adds in flight where eight would fill both ports: three quarters of the peak at most.
/// </remarks>
internal sealed class ResultFinePass : SparseTapPass<Scratch, ResultFineWeights>
{
    private const int Block = LaneBlock.Size;

    /// <summary>Input channels of a group under which more than half of the lanes would be empty.</summary>
    private const int FewestChannels = 8;

    private readonly KernelEntry[] _kernels;

    public ResultFinePass(TapGeometry geometry, PassMachine machine)
        : base(machine.Topology)
    {
        Tiling = new ResultFineTiling(geometry, machine.Topology.Threads);
        Phases = new ResultFinePhase[geometry.Phases.Length];
        var runs = TapRun.Of(geometry);
        var tapsBefore = 0;
        for (var i = 0; i < Phases.Length; i++)
        {
            Phases[i] = new ResultFinePhase(geometry.Phases[i], runs.Where(run => run.Phase == i).ToArray(), Tiling, tapsBefore);
            tapsBefore += Phases[i].Taps.Length;
        }

        _kernels = Enumerable.Range(1, KernelTable.MaxRows)
            .Select(rows => KernelTable.Find(KernelFamily.Sddmm, machine.InstructionSet, rows, Block)).ToArray();
        Kernels = _kernels.Select(kernel => kernel.Function).ToArray();
        MostTaps = geometry.MostTaps;
        LiveWords = ResultFineWeights.LiveWords(Tiling, Phases);
    }

    public ResultFineTiling Tiling { get; }

    public ResultFinePhase[] Phases { get; }

    /// <summary>Entry points by rows − 1.</summary>
    public nint[] Kernels { get; }

    /// <summary>Taps of a phase at most.</summary>
    public int MostTaps { get; }

    /// <summary>Words of a bitmap with a bit for each run of a chunk.</summary>
    public int LiveWords { get; }

    public override IEnumerable<string> KernelIds => _kernels.Select(kernel => kernel.Id);

    /// <summary>y of Forward, or dx of BackwardData, fine: whichever of the others is coarse.</summary>
    public static SparseTapWay Way { get; } = new(
        "resultfine", ResultFineTerms.Names, (geometry, _, _) => WhyDense(geometry),
        (geometry, _, _, machine) =>
            new ResultFinePass(geometry, machine), (geometry, _, _, threads) => new ResultFineTerms(geometry, threads));

    /// <summary>Why the dense kernels serve a shape faster, or null.</summary>
    public static string? WhyDense(TapGeometry geometry) => geometry.InC < FewestChannels
        ? $"a dot product's lanes are channels, and {geometry.InC} of a group would leave most of the 16 empty"
        : null;

    protected override int Items => Tiling.Items;

    protected override bool HeedsMask => true;

    protected override bool NeedsMask => true;

    public override SparseWeightForm CreateWeights() => new ResultFineWeights(Tiling, Phases, Topology);

    public override void Dispose()
    {
        base.Dispose();
        foreach (var phase in Phases) phase.Dispose();
    }

    protected override Scratch CreateScratch() => new(ResultFineScratch.Length(Tiling, MostTaps, LiveWords), 0, Topology.Threads);

    protected override void Do(ref readonly TapCall<Scratch, ResultFineWeights> call, int item, int worker)
    {
        var blockGroup = item % Tiling.OutBlockGroups;
        item /= Tiling.OutBlockGroups;
        var unitBlock = item % Tiling.UnitBlocks;
        new ResultFineItem(this, in call, worker, group: item / Tiling.UnitBlocks, unitBlock * Tiling.UnitsPerItem, blockGroup * Tiling.OutBlocksPerItem).Run();
    }
}
