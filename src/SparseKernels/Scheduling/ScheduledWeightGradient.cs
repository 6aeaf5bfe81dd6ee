using System.Collections.Concurrent;
using System.Diagnostics;
using SparseKernels.Packing;
using SparseKernels.Scheduling.Choice;
using SparseKernels.Scheduling.Cost;
using SparseKernels.Sparsity;

namespace SparseKernels.Scheduling;

/// <summary>BackwardWeights of a plan: each call runs dense or skips the zeros of a pair of operands, as caller or schedule say.</summary>
internal sealed unsafe class ScheduledWeightGradient : IDisposable
{
    private readonly ConvolutionShape _shape;
    private readonly ConvolutionOptions _options;
    private readonly Lazy<IWeightGradientPass> _dense;
    private readonly ConcurrentDictionary<OperandPair, Lazy<Found>> _sparse = new();

    public ScheduledWeightGradient(ConvolutionShape shape, ConvolutionOptions options, ICostModel model)
    {
        (_shape, _options) = (shape, options);
        _dense = new(() => shape.IsDepthwise ? new DepthwiseWeightGradientPass(shape, options) : new WeightGradientPass(shape, options));
        Scheduler = new PassScheduler(ConvolutionPass.BackwardWeights, options.Schedule, model);
    }

    public PassScheduler Scheduler { get; }

    /// <summary>The kernels that serve a pair, or why none do.</summary>
    public (IEnumerable<string>? Kernels, string? WhyDense) KernelsOf(OperandPair pair) => (Of(pair).Pass?.KernelIds, Of(pair).WhyDense);

    public void Run(in ImageView x, in ImageView dy, Span<float> dw, SparseOperands? sparse)
    {
        var wanted = sparse?.Weight;
        var decision = Decide(in x, in dy, sparse);
        var pass = decision.Pair is { } pair ? Of(pair).Pass : null;
        var start = Stopwatch.GetTimestamp();
        fixed (float* weights = dw)
        {
            if (pass is null) _dense.Value.Run(in x, in dy, weights);
            else pass.Run(in x, in dy, weights, wanted);
        }

        if (pass is null || decision.Pair?.Fine != Operand.Weight) wanted?.Apply(dw);
        Scheduler.Observe(in decision, Stopwatch.GetTimestamp() - start);
    }

    public void Dispose()
    {
        if (_dense.IsValueCreated) _dense.Value.Dispose();
        foreach (var found in _sparse.Values)
        {
            if (found.IsValueCreated) found.Value.Pass?.Dispose();
        }
    }

    private Decision Decide(in ImageView x, in ImageView dy, SparseOperands? sparse)
    {
        if (sparse?.Pair is { } asked) return Served(asked);
        var wanted = sparse?.Weight;
        var schedule = _options.Schedule;
        if (schedule.Mode == ScheduleMode.Dense) return Scheduler.Force(null);
        if (schedule.Pair is { } forced) return forced.Contains(Operand.Weight) && wanted is null ? Scheduler.Force(null) : Served(forced);
        var work = new PassWork(
            _shape, schedule.Mode == ScheduleMode.Reproducible ? 1 : _options.Topology.Threads, DensityOf(Operand.Input, in x, sparse),
            wanted is null ? OperandDensity.Full : new OperandDensity(wanted.FineDensity, wanted.CoarseDensity), DensityOf(Operand.Output, in dy, sparse), PacksWeights: false);
        while (true)
        {
            var decision = Scheduler.Choose(in work, wanted is not null);
            if (decision.Pair is not { } pair || Of(pair).WhyDense is not { } why) return decision;
            Scheduler.Exclude(in decision, why);
        }
    }

    private OperandDensity DensityOf(Operand operand, in ImageView view, SparseOperands? sparse) =>
        sparse?.DensityOf(operand)
        ?? (sparse?.MaskOf(operand) is { } known ? DensitySampler.OfMask(known, SampledBlocks.OfMask) : DensitySampler.OfImages(in view, _shape.N, SampledBlocks.OfImages));

    private Decision Served(OperandPair pair) => Scheduler.Force(Of(pair).Pass is null ? null : pair);

    private Found Of(OperandPair pair) =>
        _sparse.GetOrAdd(pair, static (key, pass) => new(() => new(SparsePasses.CreateWeightGradient(pass._shape, key, pass._options))), this).Value;

    /// <summary>What serves a pair.</summary>
    private sealed class Found((ISparseWeightGradientPass? Pass, string? WhyDense) found)
    {
        public ISparseWeightGradientPass? Pass { get; } = found.Pass;

        public string? WhyDense { get; } = found.WhyDense;
    }
}
