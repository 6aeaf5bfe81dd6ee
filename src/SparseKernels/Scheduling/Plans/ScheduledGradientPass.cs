using System.Diagnostics;
using SparseKernels.Passes;
using SparseKernels.Passes.Frame;
using SparseKernels.Passes.Plain;
using SparseKernels.Scheduling.Cost;
using SparseKernels.Sparsity;
using SparseKernels.Tensors;

namespace SparseKernels.Scheduling.Plans;

/// <summary>BackwardWeights of a plan.</summary>
internal sealed unsafe class ScheduledGradientPass(ConvolutionShape shape, PassMachine machine, KernelSchedule schedule, ICostModel model)
    : ScheduledPass<ISparseGradientPass, Served<ISparseGradientPass>>(ConvolutionPass.BackwardWeights, shape, machine, schedule, model)
{
    private readonly Lazy<IGradientPass> _dense = new(() => PassCatalogue.CreateDense(shape, machine));
    private readonly PlainGradientPass _plain = new(shape, machine.Topology);

    /// <summary>Whether the kernels multiply elements of one image with what lies around the other.</summary>
    private readonly bool _readsPadding = shape.R > 1 || shape.S > 1 || shape.Padding != 0;

    public void Run(in ImageView x, in ImageView dy, Span<float> dw, SparseOperands? sparse)
    {
        var wanted = sparse?.Weight;
        var decision = Given(sparse, wanted is not null) ?? Choose(WorkOf(in x, in dy, sparse), wanted is not null);
        var pass = decision.Pair is { } pair ? Of(pair).Pass : null;
        var start = Stopwatch.GetTimestamp();
        fixed (float* weights = dw)
        {
            var isFinite = pass?.Run(in x, in dy, weights, wanted) ?? _dense.Value.Run(in x, in dy, weights);
            if (!isFinite && _readsPadding) _plain.Repair(in x, in dy, weights, dropsZeros: pass is not null);
        }

        if (pass is null || decision.Pair?.Fine != Operand.Weight) wanted?.Apply(dw);
        Scheduler.Observe(in decision, Stopwatch.GetTimestamp() - start);
    }

    public override void Dispose()
    {
        if (_dense.IsValueCreated) _dense.Value.Dispose();
        base.Dispose();
    }

    protected override Served<ISparseGradientPass> Serve(OperandPair pair)
    {
        var (way, whyDense) = PassCatalogue.Find(Shape, pair);
        return new(way?.Create(Shape, pair, Machine), whyDense);
    }

    private PassWork WorkOf(in ImageView x, in ImageView dy, SparseOperands? sparse) => new(
        Shape, PredictedThreads, DensityOf(Operand.Input, in x, sparse),
        sparse?.Weight is { } wanted ? new OperandDensity(wanted.FineDensity, wanted.CoarseDensity) : OperandDensity.Full,
        DensityOf(Operand.Output, in dy, sparse), PacksWeights: false);
}
