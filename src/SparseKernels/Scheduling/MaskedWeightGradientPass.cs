using SparseKernels.Kernels;
using SparseKernels.Memory;
using SparseKernels.Packing;
using SparseKernels.Threading;

namespace SparseKernels.Scheduling;

/// <summary>
/// Runs BackwardWeights for the weights that a pattern wants, one by one: each is the dot product of a channel of dy with a shifted channel
/// of x; up to six of one output channel share the loads of dy. A work item is a share of x's and of dy's channels and of the batch. For
/// each band it packs its channels of dy, then block after block of x's, and sums every wanted weight of the block. Channels of x
/// or dy that are zero in a band (whichever is the coarse side) drop their weights there.
/// </summary>
internal sealed unsafe class MaskedWeightGradientPass : ISparseWeightGradientPass
{
    private const int Block = BlockedTensor.Block;

    private readonly ComputeTopology _topology;
    private readonly RentalPool<MaskedWeightGradientScratch> _calls;

    public MaskedWeightGradientPass(ConvolutionShape shape, Operand coarse, ConvolutionOptions options)
    {
        (Geometry, Coarse, _topology) = (TapGeometry.Forward(shape), coarse, options.Topology);
        Tiling = new MaskedWeightGradientTiling(Geometry, _topology.Threads);
        Kernels = Enumerable.Range(1, KernelTable.MaxRows).Select(rows => KernelTable.Find(KernelFamily.Sddmm, options.InstructionSet, rows, Block)).ToArray();
        _calls = new(() => new MaskedWeightGradientScratch(Geometry, Tiling, _topology.Threads));
    }

    public IEnumerable<string> KernelIds => Kernels.Select(kernel => kernel.Id);

    internal TapGeometry Geometry { get; }

    internal MaskedWeightGradientTiling Tiling { get; }

    /// <summary>The operand whose dead channels are left out.</summary>
    internal Operand Coarse { get; }

    /// <summary>By rows − 1.</summary>
    internal KernelEntry[] Kernels { get; }

    public void Run(in ImageView x, in ImageView dy, float* dw, WeightPattern? wanted)
    {
        var call = _calls.Rent();
        try
        {
            call.Wanted.Update(wanted!);
            var work = new Work { Pass = this, Call = call, X = x, Dy = dy };
            WorkerPool.Shared.Run(ref work, call.Wanted.WorkBefore, _topology);
            var write = new WriteWork { Pass = this, Wanted = call.Wanted, Dw = dw };
            WorkerPool.Shared.Run(ref write, Geometry.Groups * Geometry.OutC, _topology);
        }
        finally
        {
            _calls.Return(call);
        }
    }

    public void Dispose()
    {
        _calls.Dispose();
    }

    private struct Work : IWork
    {
        public MaskedWeightGradientPass Pass;
        public MaskedWeightGradientScratch Call;
        public ImageView X;
        public ImageView Dy;

        public readonly void Do(int item, int worker) => new MaskedWeightGradientItem(Pass, Call, worker, Pass.Tiling.ItemOf(item)).Run(in X, in Dy);
    }

    /// <summary>Adds up the shares of one output channel's weights in ascending order.</summary>
    private struct WriteWork : IWork
    {
        public MaskedWeightGradientPass Pass;
        public WantedWeights Wanted;
        public float* Dw;

        public readonly void Do(int item, int worker)
        {
            var (g, t) = (Pass.Geometry, Pass.Tiling);
            new Span<float>(Dw + (nint)item * g.InC * g.TapCount, g.InC * g.TapCount).Clear();
            for (var block = 0; block < t.ChannelBlocks; block++)
            {
                var starts = Wanted.Starts(item / g.OutC, block) + item % g.OutC;
                for (var i = starts[0]; i < starts[1]; i++)
                {
                    var sum = Wanted.Sums(0)[i];
                    for (var split = 1; split < t.Splits; split++) sum += Wanted.Sums(split)[i];
                    Dw[Wanted.Indexes[i]] = sum;
                }
            }
        }
    }
}
