using System.Diagnostics;
using SparseKernels.Isa;
using SparseKernels.Passes;
using SparseKernels.Passes.Frame;
using SparseKernels.Scheduling.Cost;

namespace SparseKernels.Scheduling.Calibrating;

/// <summary>
/// Short calls of every candidate on a handful of shapes and densities, timed on one thread: what calibration is fitted to. The shortest of
/// a few times counts, since whatever disturbs a call lengthens it.
/// </summary>
internal sealed class CalibrationProbes(InstructionSetKind isa, TimeSpan budget, Action<string>? message)
{
    /// <summary>Calls after which the runtime takes a next step in compiling what they call.</summary>
    private const int CallsToCompile = 40;

    private const int FewestRounds = 3, MostRounds = 10;

    /// <summary>A round of calls that takes more than this share of the last one's time shows that all is compiled.</summary>
    private const double SteadyShare = 0.95;

    private const int Turns = 2, FewestRuns = 2, MostRuns = 4;

    private static readonly TimeSpan s_enough = TimeSpan.FromMilliseconds(2);
    private static readonly TimeSpan s_compiling = TimeSpan.FromMilliseconds(150);

    private readonly long _start = Stopwatch.GetTimestamp();

    /// <summary>The shortest time of the yardstick so far.</summary>
    private double _yardstick = double.PositiveInfinity;

    /// <summary>Batches as in training and small ones, with filters, strides and sizes that exercise each driver's ways.</summary>
    public static IReadOnlyList<ConvolutionShape> Shapes { get; } =
    [
        new(16, 64, 14, 14, 64, 3, 3, padding: 1),
        new(48, 32, 16, 16, 64, 3, 3, padding: 1),
        new(16, 256, 7, 7, 128, 1, 1),
        new(16, 32, 16, 16, 64, 3, 3, stride: 2, padding: 1),
        new(16, 3, 32, 32, 32, 3, 3, padding: 1),
        new(16, 16, 24, 24, 32, 3, 3, padding: 1),
        new(16, 32, 16, 16, 64, 1, 1, stride: 2),
        new(1, 128, 7, 7, 128, 3, 3, padding: 1),
        new(16, 16, 16, 16, 16, 5, 5, padding: 2),
        new(2, 64, 28, 28, 64, 3, 3, padding: 1),
        new(2, 256, 7, 7, 256, 3, 3, padding: 1),
        new(1, 384, 4, 4, 384, 3, 3, padding: 1),
        new(8, 64, 32, 32, 64, 1, 1),
        new(16, 64, 8, 8, 4, 3, 3, padding: 1),
        new(16, 64, 14, 14, 64, 3, 3, padding: 1, groups: 64),
        new(64, 64, 8, 8, 128, 3, 3, padding: 1),
    ];

    private static readonly ConvolutionShape[] s_small =
    [
        new(1, 16, 6, 6, 16, 3, 3, padding: 1),
        new(16, 16, 4, 4, 16, 3, 3, padding: 1),
        new(16, 16, 4, 4, 32, 1, 1, stride: 2),
        new(16, 32, 2, 2, 2, 1, 1),
        new(2, 16, 4, 4, 16, 3, 3, padding: 1, groups: 16),
    ];

    private bool IsOver => Stopwatch.GetElapsedTime(_start) > budget;

    /// <summary>Where time is short, a third of it must do for compiling.</summary>
    private bool IsCompilingOver => Stopwatch.GetElapsedTime(_start) > budget / 3;

    /// <summary>Every candidate of every pass and layout, dense first.</summary>
    public static IEnumerable<Candidate> Candidates =>
        from layout in Enum.GetValues<BlockedLayout>()
        from pass in Enum.GetValues<ConvolutionPass>()
        from pair in OperandPair.All.Select(pair => (OperandPair?)pair).Prepend(null)
        select new Candidate(pass, pair, layout);

    /// <summary>Measures until all is done or the time is over, but one call at least.</summary>
    public List<ProbeSample> Run()
    {
        message?.Invoke($"compiling kernels for {InstructionSet.NameOf(isa)}");
        Compile();
        var samples = new List<ProbeSample>();
        foreach (var (shape, zeros, isFirst) in Order())
        {
            if (IsOver && samples.Count > 0) break;
            message?.Invoke($"{shape}, {zeros}");
            samples.AddRange(Measure(shape, zeros, extras: isFirst));
        }

        return InSeconds(samples);
    }

    /// <summary>
    /// Every shape with all zeros. Each shape begins with others than the one before it, so that a third of the time meets all of them.
    /// </summary>
    internal static IEnumerable<(ConvolutionShape Shape, ProbeZeros Zeros, bool IsFirst)> Order() =>
        from round in Enumerable.Range(0, ProbeZeros.All.Count)
        from i in Enumerable.Range(0, Shapes.Count)
        select (Shapes[i], ProbeZeros.All[(i + round) % ProbeZeros.All.Count], round == 0);

    /// <summary>
    /// Measures the candidates of one shape and density, all of them twice, so that what disturbs the machine for a while spares one of the
    /// times. Each time is set against the yardstick's before and after it.
    /// </summary>
    /// <param name="shape">The sizes.</param>
    /// <param name="zeros">The densities.</param>
    /// <param name="extras">Also dense, calls that pack weights, and calls that clear what a mask does not want.</param>
    /// <returns>Samples whose times are multiples of the yardstick's; <see cref="InSeconds"/> makes seconds of them.</returns>
    public IReadOnlyList<ProbeSample> Measure(ConvolutionShape shape, ProbeZeros zeros, bool extras)
    {
        using var operands = new ProbeOperands(shape, zeros, isa);
        var calls = Calls(shape, new CandidateTerms(shape, isa, threads: 1), extras).ToArray();
        var times = new double[calls.Length];
        Array.Fill(times, double.PositiveInfinity);
        var before = Yardstick();
        for (var turn = 0; turn < Turns; turn++)
        {
            for (var i = 0; i < calls.Length && (!IsOver || turn + i == 0); i++)
            {
                var time = Time(operands, calls[i], warmUp: turn == 0);
                var after = Yardstick();
                times[i] = Math.Min(times[i], time / Math.Min(before, after));
                before = after;
            }
        }

        return [.. calls.Zip(times).Where(one => double.IsFinite(one.Second)).Select(one => new ProbeSample(one.First.Candidate, operands.WorkOf(one.First), one.Second))];
    }

    /// <summary>The times at the best pace that the machine was seen at.</summary>
    public List<ProbeSample> InSeconds(IEnumerable<ProbeSample> samples) =>
        [.. samples.Select(sample => sample with { Seconds = sample.Seconds * _yardstick })];

    private double Yardstick()
    {
        var seconds = FmaPeak.SecondsOfRun(isa);
        _yardstick = Math.Min(_yardstick, seconds);
        return seconds;
    }

    private static IEnumerable<ProbeCall> Calls(ConvolutionShape shape, CandidateTerms terms, bool extras)
    {
        foreach (var candidate in Candidates)
        {
            if (PassCatalogue.LayoutOfRun(candidate.Pass, shape, candidate.Layout) != candidate.Layout) continue;

            // Where no sparse kernels serve, dense ones run, and those are timed once.
            if (candidate.Pair is null ? !extras : terms.Of(candidate).Row == terms.Of(candidate with { Pair = null }).Row) continue;
            yield return new(candidate);
            if (!extras || candidate.Pass == ConvolutionPass.BackwardWeights) continue;
            yield return new(candidate, Packs: true);
            if (candidate.Pair is null || candidate.Pair?.Coarse == Candidate.ResultOf(candidate.Pass))
                yield return new(candidate, Clears: true);
        }
    }

    private static double Time(ProbeOperands operands, ProbeCall call, bool warmUp)
    {
        if (warmUp) operands.Run(call);
        var (least, all) = (TimeSpan.MaxValue, TimeSpan.Zero);
        for (var run = 0; run < FewestRuns || (run < MostRuns && all < s_enough); run++)
        {
            var start = Stopwatch.GetTimestamp();
            operands.Run(call);
            var elapsed = Stopwatch.GetElapsedTime(start);
            all += elapsed;
            if (elapsed < least) least = elapsed;
        }

        return least.TotalSeconds;
    }

    /// <summary>
    /// Calls everything on small sizes until that gets no faster: the runtime compiles what is called often for good, step by step, in the
    /// background.
    /// </summary>
    internal void Compile()
    {
        var last = TimeSpan.MaxValue;
        for (var round = 0; round < MostRounds && !IsCompilingOver; round++)
        {
            var start = Stopwatch.GetTimestamp();
            foreach (var shape in s_small) CallAll(shape);
            var elapsed = Stopwatch.GetElapsedTime(start);
            if (round >= FewestRounds && elapsed > SteadyShare * last) return;
            last = elapsed;
            Thread.Sleep(s_compiling);
        }
    }

    private void CallAll(ConvolutionShape shape)
    {
        using var operands = new ProbeOperands(shape, ProbeZeros.All[0], isa);
        foreach (var candidate in Candidates)
        {
            for (var call = 0; call < CallsToCompile && !IsCompilingOver; call++) operands.Run(
                new ProbeCall(candidate, Packs: call % 2 == 0, Clears: call % 4 == 1));
        }
    }
}
