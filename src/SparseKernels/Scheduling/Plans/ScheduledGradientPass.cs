using System.Collections.Concurrent;
using System.Diagnostics;
using SparseKernels.Passes;
using SparseKernels.Passes.Frame;
using SparseKernels.Passes.Plain;
using SparseKernels.Scheduling.Cost;
using SparseKernels.Sparsity;
using SparseKernels.Tensors;

namespace SparseKernels.Scheduling.Plans;

/// <summary>BackwardWeights of a plan.</summary>
internal sealed unsafe class ScheduledGradientPass(
    ConvolutionShape shape, BlockedLayout layout, PassMachine machine, KernelSchedule schedule, ICostModel model)
    : ScheduledPass<ISparseGradientPass, Served<ISparseGradientPass>>(ConvolutionPass.BackwardWeights, shape, layout, machine, schedule, model)
{
    private readonly ConcurrentDictionary<PlaneStrides, IGradientPass> _dense = new();
    private readonly Lock _making = new();
    private readonly PlainGradientPass _plain = new(shape, machine.Topology);

    /// <summary>Whether the kernels multiply elements of one image with what lies around the other.</summary>
    private readonly bool _readsPadding = shape.R > 1 || shape.S > 1 || shape.Padding != 0;

    public void Run(in ImageView x, in ImageView dy, Span<float> dw, SparseOperands? sparse)
    {
        var wanted = sparse?.Weight;
        var strides = x.Strides;
        var decision = Given(sparse, wanted is not null, strides) ?? Choose(WorkOf(in x, in dy, sparse), wanted is not null, strides);
        var pass = decision.Pair is { } pair ? Of(pair, strides).Pass : null;
        var start = Stopwatch.GetTimestamp();
        fixed (float* weights = dw)
        {
            var isFinite = pass?.Run(in x, in dy, weights, wanted) ?? Dense(strides).Run(in x, in dy, weights);
            if (!isFinite && _readsPadding) _plain.Repair(in x, in dy, weights, dropsZeros: pass is not null);
        }

        if (pass is null || decision.Pair?.Fine != Operand.Weight) wanted?.Apply(dw);
        Scheduler.Observe(in decision, Stopwatch.GetTimestamp() - start);
    }

    public override void Dispose()
    {
        foreach (var dense in _dense.Values) dense.Dispose();
        base.Dispose();
    }

    protected override Served<ISparseGradientPass> Serve(OperandPair pair, PlaneStrides strides)
    {
        var (way, whyDense) = PassCatalogue.Find(Shape, pair, Layout);
        return new(way?.Create(Shape, strides, pair, Machine), whyDense);
    }

    private IGradientPass Dense(PlaneStrides strides)
    {
        if (_dense.TryGetValue(strides, out var known)) return known;
        lock (_making) return _dense.GetOrAdd(strides, key => PassCatalogue.CreateDense(Shape, key, Machine));
    }

    private PassWork WorkOf(in ImageView x, in ImageView dy, SparseOperands? sparse) => new(
        Shape, PredictedThreads, DensityOf(Operand.Input, in x, sparse),
        sparse?.Weight is { } wanted ? new OperandDensity(wanted.FineDensity, wanted.CoarseDensity) : OperandDensity.Full,
        DensityOf(Operand.Output, in dy, sparse), PacksWeights: false);
}
