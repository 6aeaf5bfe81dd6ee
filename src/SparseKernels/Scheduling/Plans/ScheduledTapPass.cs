using System.Collections.Concurrent;
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
internal sealed unsafe class ScheduledTapPass(
    TapGeometry geometry, BlockedLayout layout, PassMachine machine, KernelSchedule schedule, ICostModel model, ValueRange? range = null)
    : ScheduledPass<ISparseTapPass, ServedTap>(geometry.Pass, geometry.Shape, layout, machine, schedule, model)
{
    private readonly ConcurrentDictionary<PlaneStrides, ITapPass> _dense = new();
    private readonly Lock _making = new();
    private readonly RentalPool<PlainCallWeights> _plainForms = new(() => new PlainCallWeights());
    private readonly RememberedDensity _read = new();
    private readonly PlainTapPass _plain = new(geometry, machine.Topology);

    /// <summary>The pass as taps.</summary>
    public TapGeometry Geometry => geometry;

    /// <summary>Of data whose border is just wide enough; zero if it is channel-blocked.</summary>
    public PlaneStrides UsualStrides => PlaneStrides.Of(Layout, geometry.InH, geometry.InW, geometry.IsScattered ? 0 : geometry.Border);

    /// <summary>The dense pass for data with these strides.</summary>
    public ITapPass Dense(PlaneStrides strides)
    {
        if (_dense.TryGetValue(strides, out var known)) return known;
        lock (_making) return _dense.GetOrAdd(strides, key => PassCatalogue.CreateDense(geometry, key, Machine));
    }

    public void Run(
        in ImageView input, in CallWeights weights, ReadOnlySpan<float> bias, in ImageView output, SparseOperands? sparse,
        ChannelMoments? moments = null)
    {
        var wanted = geometry.IsForward ? sparse?.Output : sparse?.Input;
        var strides = input.Strides;
        var decision = Given(sparse, wanted is not null, strides)
            ?? Choose(WorkOf(in input, in weights, sparse, wanted), wanted is not null, strides);
        var tap = decision.Pair is { } pair ? Of(pair, strides) : null;
        var start = Stopwatch.GetTimestamp();
        var mayBeSpoilt = geometry.ReadsPadding && !weights.AreFinite(Shape);

        // Sums of what is changed behind the pass would not be those of the result.
        var taken = mayBeSpoilt || wanted is not null || range is not null ? null : moments;
        taken?.Begin();
        var (limits, takes) = Run(tap, in input, in weights, new(bias, mayBeSpoilt ? null : range, taken), in output, wanted);
        if (moments is not null) moments.AreTaken = taken is not null && takes;
        if (mayBeSpoilt) _plain.Repair(in input, weights.Plain, bias, in output, dropsZeros: tap?.Pass is not null);
        if (range is { } wide && (mayBeSpoilt || !limits)) LimitSweep.Run(in output, Shape.N, wide, Machine.Topology);
        if (range is { KeepsZero: false } || (output.IsBatchBlocked && (!bias.IsEmpty || !weights.AreFinite(Shape))))
            EmptyLanes.Clear(in output, Shape.N, Machine.Topology);
        var isDone = tap?.Pass is not null && decision.Pair?.Fine == Candidate.ResultOf(geometry.Pass);
        if (wanted is not null && !isDone && sparse!.ClearsResult) wanted.Apply(in output, Machine.Topology);
        Scheduler.Observe(in decision, Stopwatch.GetTimestamp() - start);
    }

    public override void Dispose()
    {
        foreach (var dense in _dense.Values) dense.Dispose();
        base.Dispose();
        _plainForms.Dispose();
    }

    protected override ServedTap Serve(OperandPair pair, PlaneStrides strides)
    {
        var (way, whyDense) = PassCatalogue.Find(geometry, pair, Layout, Machine.InstructionSet, Machine.Topology.Threads);
        return new(way?.Create(geometry, strides, geometry.AsSeen(pair.Coarse), Machine), whyDense, Shape);
    }

    /// <summary>Runs what serves a pair, or the dense pass.</summary>
    /// <returns>Whether it limits results where it is asked to, and whether it takes sums.</returns>
    private (bool Limits, bool TakesMoments) Run(ServedTap? tap, in ImageView input, in CallWeights weights, TapEpilogue epilogue, in ImageView output, FineMask? wanted)
    {
        if (tap?.Pass is { } pass)
        {
            weights.Run(pass, tap.PlainForms, in input, epilogue, in output, wanted);
            return (pass.Limits, pass.TakesMoments);
        }

        var dense = Dense(input.Strides);
        weights.Run(dense, _plainForms, in input, epilogue, in output);
        return (dense.Limits, dense.TakesMoments);
    }

    /// <summary>The density of what is read: where calls share the plan and their bits need not repeat, perhaps that of a call before.</summary>
    private OperandDensity ReadDensity(Operand data, in ImageView input, SparseOperands? sparse)
    {
        if (!MayRemember || sparse?.DensityOf(data) is not null) return DensityOf(data, in input, sparse);
        if (_read.TryTake(out var known)) return known;
        var sampled = DensityOf(data, in input, sparse);
        _read.Keep(sampled);
        return sampled;
    }

    private PassWork WorkOf(in ImageView input, in CallWeights weights, SparseOperands? sparse, FineMask? wanted)
    {
        var (data, mask) = geometry.IsForward ? (Operand.Input, Operand.Output) : (Operand.Output, Operand.Input);
        var read = ReadDensity(data, in input, sparse);
        var result = wanted is null ? OperandDensity.Full : sparse!.DensityOf(mask) ?? DensitySampler.OfMask(wanted, SampledBlocks.OfMask);
        return new PassWork(
            Shape, PredictedThreads, geometry.IsForward ? read : result, weights.Density(geometry), geometry.IsForward ? result : read,
            weights.NeedPacking(geometry), wanted is not null && sparse!.ClearsResult);
    }
}
