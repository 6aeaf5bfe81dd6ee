using System.Diagnostics;

namespace SparseKernels.Scheduling.Cost;

/// <summary>
/// Short calls of every candidate on a handful of shapes and densities, timed on one thread: what calibration is fitted to. The shortest of a
/// few times counts, since whatever disturbs a call lengthens it.
/// </summary>
internal sealed class CalibrationProbes(InstructionSetKind isa, TimeSpan budget, Action<string>? message)
{
    /// <summary>Calls after which the runtime compiles a driver for good, and what that then takes.</summary>
    private const int CallsToCompile = 40;

    private const int FewestRuns = 3, MostRuns = 8;

    private static readonly TimeSpan s_enough = TimeSpan.FromMilliseconds(6);
    private static readonly TimeSpan s_compiling = TimeSpan.FromMilliseconds(150);

    private readonly long _start = Stopwatch.GetTimestamp();

    /// <summary>Batches as in training and small ones, with filters, strides and sizes that exercise each driver's ways.</summary>
    public static IReadOnlyList<ConvolutionShape> Shapes { get; } =
    [
        new(16, 64, 14, 14, 64, 3, 3, padding: 1),
        new(16, 256, 7, 7, 128, 1, 1),
        new(16, 32, 16, 16, 64, 3, 3, stride: 2, padding: 1),
        new(16, 3, 32, 32, 32, 3, 3, padding: 1),
        new(1, 128, 7, 7, 128, 3, 3, padding: 1),
        new(16, 16, 16, 16, 16, 5, 5, padding: 2),
        new(2, 64, 28, 28, 64, 3, 3, padding: 1),
        new(4, 256, 7, 7, 256, 3, 3, padding: 1),
        new(16, 64, 8, 8, 4, 3, 3, padding: 1),
        new(16, 64, 14, 14, 64, 3, 3, padding: 1, groups: 64),
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

    /// <summary>Every candidate of every pass, dense first.</summary>
    public static IEnumerable<Candidate> Candidates =>
        from pass in Enum.GetValues<ConvolutionPass>()
        from pair in OperandPair.All.Select(pair => (OperandPair?)pair).Prepend(null)
        select new Candidate(pass, pair);

    /// <summary>Measures until all is done or the time is over.</summary>
    public List<ProbeSample> Run()
    {
        message?.Invoke($"compiling kernels for {InstructionSet.NameOf(isa)}");
        Compile();
        var samples = new List<ProbeSample>();
        foreach (var zeros in ProbeZeros.All)
        {
            foreach (var shape in Shapes)
            {
                if (IsOver) return samples;
                message?.Invoke($"{shape}, {zeros.Data:P0} of x and dy, {zeros.Weights * zeros.Groups:P0} of w non-zero");
                samples.AddRange(Measure(shape, zeros, isPacking: zeros == ProbeZeros.All[0], isFirst: zeros == ProbeZeros.All[0]));
            }
        }

        return samples;
    }

    /// <summary>Measures the candidates of one shape and density; those that run dense once, as they are all the same.</summary>
    public IEnumerable<ProbeSample> Measure(ConvolutionShape shape, ProbeZeros zeros, bool isPacking, bool isFirst)
    {
        var terms = new CandidateTerms(shape, isa, threads: 1);
        using var operands = new ProbeOperands(shape, zeros, isa);
        foreach (var candidate in Candidates)
        {
            var isDense = terms.Of(candidate).Driver == terms.Of(candidate with { Pair = null }).Driver;
            if (isDense && (candidate.Pair is not null || !isFirst)) continue;
            if (IsOver) yield break;
            yield return new ProbeSample(candidate, operands.WorkOf(candidate, packsWeights: false), Time(operands, candidate, packs: false));
            if (!isPacking || candidate.Pass == ConvolutionPass.BackwardWeights) continue;
            yield return new ProbeSample(candidate, operands.WorkOf(candidate, packsWeights: true), Time(operands, candidate, packs: true));
        }
    }

    private static double Time(ProbeOperands operands, Candidate candidate, bool packs)
    {
        operands.Run(candidate, packs);
        var (least, all) = (TimeSpan.MaxValue, TimeSpan.Zero);
        for (var run = 0; run < FewestRuns || (run < MostRuns && all < s_enough); run++)
        {
            var start = Stopwatch.GetTimestamp();
            operands.Run(candidate, packs);
            var elapsed = Stopwatch.GetElapsedTime(start);
            all += elapsed;
            if (elapsed < least) least = elapsed;
        }

        return least.TotalSeconds;
    }

    internal void Compile()
    {
        foreach (var shape in s_small)
        {
            using var operands = new ProbeOperands(shape, ProbeZeros.All[0], isa);
            foreach (var candidate in Candidates)
            {
                for (var call = 0; call < CallsToCompile && !IsOver; call++) operands.Run(candidate, packsWeights: call % 2 == 0);
            }
        }

        // The runtime compiles in the background once no new method has been called for a while.
        if (!IsOver) Thread.Sleep(s_compiling);
    }
}
