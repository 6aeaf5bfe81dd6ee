using SparseKernels.Geometry;
using SparseKernels.Isa;
using SparseKernels.Kernels;
using SparseKernels.Memory;
using SparseKernels.Passes.Frame;
using SparseKernels.Sparsity;
using SparseKernels.Tensors;
using SparseKernels.Threading;

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
internal sealed unsafe class ResultFinePass : ISparseTapPass
{
    private const int Block = LaneBlock.Size;

    /// <summary>Input channels of a group under which more than half of the lanes would be empty.</summary>
    private const int FewestChannels = 8;

    private readonly RentalPool<Scratch> _scratch;
    private readonly KernelEntry[] _kernels;
    private readonly ComputeTopology _topology;

    public ResultFinePass(TapGeometry geometry, PassMachine machine)
    {
        _topology = machine.Topology;
        Tiling = new ResultFineTiling(geometry, _topology.Threads);
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
        _scratch = new(() => new Scratch(ResultFineScratch.Length(Tiling, MostTaps, LiveWords), 0, _topology.Threads));
    }

    public ResultFineTiling Tiling { get; }

    public ResultFinePhase[] Phases { get; }

    /// <summary>Entry points by rows − 1.</summary>
    public nint[] Kernels { get; }

    /// <summary>Taps of a phase at most.</summary>
    public int MostTaps { get; }

    /// <summary>Words of a bitmap with a bit for each run of a chunk.</summary>
    public int LiveWords { get; }

    public IEnumerable<string> KernelIds => _kernels.Select(kernel => kernel.Id);

    /// <summary>y of Forward, or dx of BackwardData, fine: whichever of the others is coarse.</summary>
    public static SparseTapWay Way { get; } = new(
        "resultfine", ResultFineTerms.Names, (geometry, _, _) => WhyDense(geometry),
        (geometry, _, machine) => new ResultFinePass(geometry, machine), (geometry, _, _, threads) => new ResultFineTerms(geometry, threads));

    /// <summary>Why the dense kernels serve a shape faster, or null.</summary>
    public static string? WhyDense(TapGeometry geometry) => geometry.InC < FewestChannels
        ? $"a dot product's lanes are channels, and {geometry.InC} of a group would leave most of the 16 empty"
        : null;

    public SparseWeightForm CreateWeights() => new ResultFineWeights(Tiling, Phases, _topology);

    public void Run(in ImageView input, SparseWeightForm weights, ReadOnlySpan<float> bias, in ImageView output, FineMask? result)
    {
        ArgumentNullException.ThrowIfNull(result);
        using var rented = _scratch.Rent();
        var scratch = rented.Item;
        fixed (float* start = bias)
        {
            var work = new Work
            {
                Pass = this,
                Scratch = scratch,
                Input = input,
                Weights = (ResultFineWeights)weights,
                Bias = start,
                Output = output,
                Wanted = result,
            };
            WorkerPool.Shared.Run(ref work, Tiling.Items, _topology);
        }
    }

    public void Dispose()
    {
        _scratch.Dispose();
        foreach (var phase in Phases) phase.Dispose();
    }

    /// <summary>One call.</summary>
    internal struct Work : IWork
    {
        public ResultFinePass Pass;
        public Scratch Scratch;
        public ImageView Input;
        public ResultFineWeights Weights;
        public float* Bias;
        public ImageView Output;
        public FineMask Wanted;

        public readonly void Do(int item, int worker)
        {
            var t = Pass.Tiling;
            var blockGroup = item % t.OutBlockGroups;
            item /= t.OutBlockGroups;
            var unitBlock = item % t.UnitBlocks;
            new ResultFineItem(in this, worker, group: item / t.UnitBlocks, unitBlock * t.UnitsPerItem, blockGroup * t.OutBlocksPerItem).Run();
        }
    }
}
