using System.Collections.Concurrent;
using SparseKernels.Passes.Frame;
using SparseKernels.Scheduling.Choice;
using SparseKernels.Scheduling.Cost;
using SparseKernels.Sparsity;
using SparseKernels.Tensors;

namespace SparseKernels.Scheduling.Plans;

/// <summary>
/// One pass of a plan: each call runs dense or skips the zeros of a pair of operands, as caller or schedule say. What every pass does
/// alike.
/// </summary>
/// <typeparam name="TPass">What runs where zeros are skipped.</typeparam>
/// <typeparam name="TServed">What is kept of it for each pair.</typeparam>
internal abstract class ScheduledPass<TPass, TServed> : IDisposable
    where TPass : class, IDisposable
    where TServed : Served<TPass>
{
    private readonly ConcurrentDictionary<(OperandPair Pair, PlaneStrides Strides), TServed> _served = new();
    private readonly Lock _serving = new();
    private readonly KernelSchedule _schedule;

    protected ScheduledPass(
        ConvolutionPass pass, ConvolutionShape shape, BlockedLayout layout, PassMachine machine, KernelSchedule schedule, ICostModel model)
    {
        (Shape, Layout, Machine, _schedule) = (shape, layout, machine, schedule);
        Scheduler = new PassScheduler(pass, schedule, model, layout);
    }

    public PassScheduler Scheduler { get; }

    protected ConvolutionShape Shape { get; }

    /// <summary>How its tensors lie.</summary>
    protected BlockedLayout Layout { get; }

    protected PassMachine Machine { get; }

    /// <summary>Threads that predictions reckon with: the schedule must not depend on them where bits are to repeat.</summary>
    protected int PredictedThreads => _schedule.Mode == KernelScheduleMode.Reproducible ? 1 : Machine.Topology.Threads;

    /// <summary>Whether a choice may go by what calls before had to do, of whoever shares the plan.</summary>
    protected bool MayRemember => Scheduler.IsForgetful && _schedule.Mode == KernelScheduleMode.Automatic;

    /// <summary>What serves a pair for data with these strides, which are zero if it is channel-blocked; made when first asked for.</summary>
    public TServed Of(OperandPair pair, PlaneStrides strides)
    {
        if (_served.TryGetValue((pair, strides), out var known)) return known;
        lock (_serving) return _served.GetOrAdd((pair, strides), static (key, self) => self.Serve(key.Pair, key.Strides), this);
    }

    public virtual void Dispose()
    {
        foreach (var served in _served.Values) served.Dispose();
    }

    /// <summary>Makes what serves a pair.</summary>
    protected abstract TServed Serve(OperandPair pair, PlaneStrides strides);

    /// <summary>The decision that needs no look at the operands: the caller's pair, or what the schedule forces.</summary>
    /// <param name="sparse">What the caller says.</param>
    /// <param name="hasMask">Whether the caller says which elements of the result are wanted.</param>
    /// <param name="strides">Of the data, zero if it is channel-blocked.</param>
    /// <returns>The decision; null where the operands must be looked at.</returns>
    protected Decision? Given(SparseOperands? sparse, bool hasMask, PlaneStrides strides)
    {
        if (sparse?.Pair is { } asked) return Forced(asked, strides);
        if (_schedule.Mode == KernelScheduleMode.Dense) return Scheduler.Force(null);
        if (_schedule.Pair is not { } forced) return null;
        return forced.Contains(Candidate.ResultOf(Scheduler.Pass)) && !hasMask ? Scheduler.Force(null) : Forced(forced, strides);
    }

    /// <summary>The scheduler's choice among what serves this shape.</summary>
    protected Decision Choose(in PassWork work, bool hasMask, PlaneStrides strides)
    {
        while (true)
        {
            var decision = Scheduler.Choose(in work, hasMask);
            if (decision.Pair is not { } pair || Of(pair, strides).WhyDense is not { } why) return decision;
            Scheduler.Exclude(in decision, why);
        }
    }

    /// <summary>The density of an operand that a pass reads: what the caller says, or by a sample of its mask or of its elements.</summary>
    protected OperandDensity DensityOf(Operand operand, in ImageView view, SparseOperands? sparse) =>
        sparse?.DensityOf(operand)
        ?? (sparse?.MaskOf(operand) is { } known
            ? DensitySampler.OfMask(known, SampledBlocks.OfMask)
            : DensitySampler.OfImages(in view, Shape.N, SampledBlocks.OfImages((long)Shape.N * view.C * view.H * view.W)));

    private Decision Forced(OperandPair pair, PlaneStrides strides) => Scheduler.Force(Of(pair, strides).Pass is null ? null : pair);
}
