using System.Diagnostics;
using SparseKernels.Geometry;
using SparseKernels.Memory;
using SparseKernels.Passes;
using SparseKernels.Passes.Frame;
using SparseKernels.Passes.Plain;
using SparseKernels.Scheduling.Choice;
using SparseKernels.Scheduling.Cost;
using SparseKernels.Sparsity;
using SparseKernels.Tensors;

namespace SparseKernels.Scheduling.Plans;

/// <summary>Forward or BackwardData of a plan.</summary>
internal sealed unsafe class ScheduledTapPass(TapGeometry geometry, PassMachine machine, KernelSchedule schedule, ICostModel model)
    : ScheduledPass<ISparseTapPass, ServedTap>(geometry.Pass, geometry.Shape, machine, schedule, model)
{
    private readonly Lazy<ITapPass> _dense = new(() => PassCatalogue.CreateDense(geometry, machine));
    private readonly RentalPool<PlainCallWeights> _plainForms = new(() => new PlainCallWeights());
    private readonly PlainTapPass _plain = new(geometry, machine.Topology);

    public ITapPass Dense => _dense.Value;

    public void Run(in ImageView input, in CallWeights weights, ReadOnlySpan<float> bias, in ImageView output, SparseOperands? sparse)
    {
        var wanted = geometry.IsForward ? sparse?.Output : sparse?.Input;
        var decision = Given(sparse, wanted is not null) ?? Choose(WorkOf(in input, in weights, sparse, wanted), wanted is not null);
        var tap = decision.Pair is { } pair ? Of(pair) : null;
        var start = Stopwatch.GetTimestamp();
        if (tap?.Pass is null) weights.Run(_dense.Value, _plainForms, in input, bias, in output);
        else weights.Run(tap.Pass, tap.PlainForms, in input, bias, in output, wanted);
        if (geometry.ReadsPadding && !weights.AreFinite(Shape))
            _plain.Repair(in input, weights.Plain, bias, in output, dropsZeros: tap?.Pass is not null);
        var isDone = tap?.Pass is not null && decision.Pair?.Fine == Candidate.ResultOf(geometry.Pass);
        if (wanted is not null && !isDone && sparse!.ClearsResult) wanted.Apply(in output, Machine.Topology);
        Scheduler.Observe(in decision, Stopwatch.GetTimestamp() - start);
    }

    public override void Dispose()
    {
        if (_dense.IsValueCreated) _dense.Value.Dispose();
        base.Dispose();
        _plainForms.Dispose();
    }

    protected override ServedTap Serve(OperandPair pair)
    {
        var (way, whyDense) = PassCatalogue.Find(geometry, pair, Machine.InstructionSet, Machine.Topology.Threads);
        return new(way?.Create(geometry, geometry.AsSeen(pair.Coarse), Machine), whyDense);
    }

    private PassWork WorkOf(in ImageView input, in CallWeights weights, SparseOperands? sparse, FineMask? wanted)
    {
        var (data, mask) = geometry.IsForward ? (Operand.Input, Operand.Output) : (Operand.Output, Operand.Input);
        var read = DensityOf(data, in input, sparse);
        var result = wanted is null ? OperandDensity.Full : sparse!.DensityOf(mask) ?? DensitySampler.OfMask(wanted, SampledBlocks.OfMask);
        return new PassWork(
            Shape, PredictedThreads, geometry.IsForward ? read : result, weights.Density(geometry), geometry.IsForward ? result : read,
            weights.NeedPacking(geometry), wanted is not null && sparse!.ClearsResult);
    }
}
