using System.Collections.Concurrent;
using System.Diagnostics;
using SparseKernels.Memory;
using SparseKernels.Packing;
using SparseKernels.Scheduling.Choice;
using SparseKernels.Scheduling.Cost;
using SparseKernels.Sparsity;

namespace SparseKernels.Scheduling;

/// <summary>Forward or BackwardData of a plan: each call runs dense or skips the zeros of a pair of operands, as caller or schedule say.</summary>
internal sealed class ScheduledTapPass : IDisposable
{
    private readonly ConvolutionOptions _options;
    private readonly TapGeometry _geometry;
    private readonly Lazy<ITapPass> _dense;
    private readonly ConcurrentDictionary<OperandPair, Lazy<SparseTap>> _sparse = new();
    private readonly RentalPool<PlainCallWeights> _plainForms = new(() => new PlainCallWeights());

    public ScheduledTapPass(TapGeometry geometry, ConvolutionOptions options, ICostModel model)
    {
        (_geometry, _options) = (geometry, options);
        _dense = new(() => BatchTapPass.Suits(geometry) ? new BatchTapPass(geometry, options) : new TapPass(geometry, options));
        Scheduler = new PassScheduler(geometry.IsForward ? ConvolutionPass.Forward : ConvolutionPass.BackwardData, options.Schedule, model);
    }

    public PassScheduler Scheduler { get; }

    public ITapPass Dense => _dense.Value;

    private Operand Result => Candidate.ResultOf(Scheduler.Pass);

    /// <summary>The kernels that serve a pair, or why none do.</summary>
    public (IEnumerable<string>? Kernels, string? WhyDense) KernelsOf(OperandPair pair) => (Of(pair).Pass?.KernelIds, Of(pair).WhyDense);

    public void Run(in ImageView input, in CallWeights weights, ReadOnlySpan<float> bias, in ImageView output, SparseOperands? sparse)
    {
        var wanted = _geometry.IsForward ? sparse?.Output : sparse?.Input;
        var decision = Decide(in input, in weights, sparse, wanted);
        var tap = decision.Pair is { } pair ? Of(pair) : null;
        var start = Stopwatch.GetTimestamp();
        if (tap?.Pass is null) weights.Run(_dense.Value, _plainForms, in input, bias, in output);
        else weights.Run(tap.Pass, tap.PlainForms, in input, bias, in output, wanted);
        var isDone = tap?.Pass is not null && decision.Pair?.Fine == Result;
        if (wanted is not null && !isDone && sparse!.ClearsResult) wanted.Apply(in output, _options.Topology);
        Scheduler.Observe(in decision, Stopwatch.GetTimestamp() - start);
    }

    public void Dispose()
    {
        if (_dense.IsValueCreated) _dense.Value.Dispose();
        foreach (var tap in _sparse.Values)
        {
            if (tap.IsValueCreated) tap.Value.Dispose();
        }

        _plainForms.Dispose();
    }

    private Decision Decide(in ImageView input, in CallWeights weights, SparseOperands? sparse, FineMask? wanted)
    {
        if (sparse?.Pair is { } asked) return Served(asked);
        var schedule = _options.Schedule;
        if (schedule.Mode == ScheduleMode.Dense) return Scheduler.Force(null);
        if (schedule.Pair is { } forced) return forced.Contains(Result) && wanted is null ? Scheduler.Force(null) : Served(forced);
        var (data, mask) = _geometry.IsForward ? (Operand.Input, Operand.Output) : (Operand.Output, Operand.Input);
        var read = sparse?.DensityOf(data) ?? (sparse?.MaskOf(data) is { } known ? DensitySampler.OfMask(known, SampledBlocks.OfMask) : DensitySampler.OfImages(in input, _geometry.Shape.N, SampledBlocks.OfImages));
        var result = wanted is null ? OperandDensity.Full : sparse!.DensityOf(mask) ?? DensitySampler.OfMask(wanted, SampledBlocks.OfMask);
        var work = new PassWork(
            _geometry.Shape, schedule.Mode == ScheduleMode.Reproducible ? 1 : _options.Topology.Threads, _geometry.IsForward ? read : result,
            weights.Density(_geometry), _geometry.IsForward ? result : read, weights.NeedPacking(_geometry), wanted is not null && sparse!.ClearsResult);
        while (true)
        {
            var decision = Scheduler.Choose(in work, wanted is not null);
            if (decision.Pair is not { } pair || Of(pair).WhyDense is not { } why) return decision;
            Scheduler.Exclude(in decision, why);
        }
    }

    private Decision Served(OperandPair pair) => Scheduler.Force(Of(pair).Pass is null ? null : pair);

    private SparseTap Of(OperandPair pair) =>
        _sparse.GetOrAdd(pair, static (key, pass) => new(() => new(SparsePasses.Create(pass._geometry, key, pass._options))), this).Value;

    /// <summary>What serves a pair, with weight forms for callers who bring plain weights.</summary>
    private sealed class SparseTap : IDisposable
    {
        public SparseTap((ISparseTapPass? Pass, string? WhyDense) found)
        {
            (Pass, WhyDense) = found;
            PlainForms = new(() => Pass!.CreateWeights());
        }

        public ISparseTapPass? Pass { get; }

        public string? WhyDense { get; }

        public RentalPool<SparseWeightForm> PlainForms { get; }

        public void Dispose()
        {
            Pass?.Dispose();
            PlainForms.Dispose();
        }
    }
}
