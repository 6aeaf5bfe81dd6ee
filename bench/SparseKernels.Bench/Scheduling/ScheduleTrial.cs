using System.Diagnostics;
using SparseKernels.Bench.Measuring;
using SparseKernels.Bench.Reporting;
using SparseKernels.Isa;

namespace SparseKernels.Bench.Scheduling;

/// <summary>
/// One row: an automatic plan, a reproducible one, and a third that is forced to run every candidate, all on the same operands.
/// </summary>
internal sealed class ScheduleTrial : IDisposable
{
    /// <summary>Calls without a change of choice after which an automatic plan has settled.</summary>
    private const int SteadyCalls = 12;

    /// <summary>An automatic plan tries each candidate up to three times, so it can't have settled before.</summary>
    private const int FewestCalls = 24;

    private const int MostCalls = 400;
    private const string Dense = "dense";

    private static readonly TimeSpan s_longestSettling = TimeSpan.FromSeconds(5);

    private readonly ScheduleOperands _operands;
    private readonly ScheduledPlan _automatic, _reproducible, _forced;
    private readonly (string Name, Action Run)[] _candidates;
    private readonly WeightUse _use;

    /// <summary>
    /// Makes the plans and finds the candidates: the dense kernels, and every pair that a kernel serves and the call's mask allows.
    /// </summary>
    /// <param name="dense">Operands without zeros.</param>
    /// <param name="one">Pass and zeros.</param>
    /// <param name="use">What becomes of the weights between calls.</param>
    /// <param name="options">Threads and instruction set.</param>
    public ScheduleTrial(ConvolutionData dense, ScheduleCase one, WeightUse use, ConvolutionOptions options)
    {
        (_operands, _use) = (new ScheduleOperands(dense, one), use);
        ScheduledPlan Plan(KernelSchedule schedule) => new(_operands, options with { Schedule = schedule }, use);
        (_automatic, _reproducible, _forced) = (Plan(KernelSchedule.Automatic), Plan(KernelSchedule.Reproducible), Plan(KernelSchedule.Dense));
        var pairs = OperandPair.All.Where(
            pair => (one.HasMask || !pair.Contains(one.Result)) && PlanKernels.WhyDense(_forced.Plan, BlockedLayout.ChannelBlocked, one.Pass, pair) is null);
        _candidates = [(Dense, _forced.Caller(null)), .. pairs.Select(pair => (KernelSchedule.Forced(pair).ToString(), _forced.Caller(pair)))];
    }

    /// <summary>Compares every candidate's result, and both schedules', with the dense kernels' result.</summary>
    /// <param name="layer">What messages call the layer.</param>
    /// <exception cref="InvalidDataException">One differs by more than rounding.</exception>
    public void Check(string layer)
    {
        var one = _operands.Case;
        _candidates[0].Run();
        var expected = _operands.Result();
        foreach (var (name, run) in _candidates[1..].Append(("automatic", _automatic.Run)).Append(("reproducible", _reproducible.Run)))
        {
            run();
            Agreement.Check(
                $"{layer} {one.Pass} {one.Pattern} {name}", _operands.Result(), expected, _operands.Data.TermsPerResult(one.Pass));
        }
    }

    /// <summary>
    /// Calls everything some times with operands that are small, so that no tier of compilation falls into a measurement.
    /// </summary>
    /// <param name="calls">Calls of each.</param>
    /// <param name="longest">Time after which fewer are enough.</param>
    public void Compile(int calls, TimeSpan longest)
    {
        foreach (var run in Actions())
        {
            var watch = Stopwatch.StartNew();
            for (var call = 0; call < calls && watch.Elapsed < longest; call++) run();
        }
    }

    /// <summary>Calls both schedules' plans until their choices no longer change.</summary>
    public void Settle()
    {
        foreach (var plan in new[] { _automatic, _reproducible })
        {
            var watch = Stopwatch.StartNew();
            var (last, steady) = ((OperandPair?)null, 0);
            for (var call = 0; call < MostCalls && watch.Elapsed < s_longestSettling && (call < FewestCalls || steady < SteadyCalls); call++)
            {
                plan.Run();
                steady = plan.Choice == last ? steady + 1 : 0;
                last = plan.Choice;
            }
        }
    }

    /// <summary>Times every candidate and both schedules in turn.</summary>
    /// <param name="timer">What times them.</param>
    /// <param name="budget">About how long.</param>
    /// <param name="layer">The layer's name.</param>
    /// <returns>The row.</returns>
    public ScheduleRow Measure(InterleavedTimer timer, TimeSpan budget, string layer)
    {
        foreach (var plan in new[] { _automatic, _reproducible }) plan.Plan.ResetTotals();
        var rounds = timer.Measure(Actions(), budget, () => { });
        var (one, options) = (_operands.Case, _forced.Plan.Options);
        var predicted = _automatic.Plan.Report(one.Pass).Candidates.ToDictionary(
            candidate => candidate.Name, candidate => candidate.Predicted?.TotalMilliseconds);
        return new ScheduleRow(
            layer, one.Pass.ToString(), _operands.Data.Shape.N, options.Topology.Threads, InstructionSet.NameOf(options.InstructionSet), one.Pattern, _use.ToString(),
            one.Patterns.DensityOf(Operand.Input), one.Patterns.DensityOf(Operand.Weight), one.Patterns.DensityOf(Operand.Output),
            rounds.Milliseconds(0), Outcome(_automatic, rounds, _candidates.Length), Outcome(_reproducible, rounds, _candidates.Length + 1),
            [.. _candidates.Select((candidate, i) => new CandidateTime(candidate.Name, rounds.Milliseconds(i), predicted[candidate.Name]))]);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var owned in new IDisposable[] { _automatic, _reproducible, _forced, _operands }) owned.Dispose();
    }

    private Action[] Actions() => [.. _candidates.Select(candidate => candidate.Run), _automatic.Run, _reproducible.Run];

    private ScheduleOutcome Outcome(ScheduledPlan plan, TimedRounds rounds, int action)
    {
        var report = plan.Plan.Report(_operands.Case.Pass);
        var most = report.Candidates.MaxBy(candidate => candidate.Calls)!;
        var choice = Array.FindIndex(_candidates, candidate => candidate.Name == most.Name);
        var regret = Regret.Of(rounds, _candidates.Length, choice);
        return new ScheduleOutcome(
            most.Name, (double)most.Calls / report.Calls, rounds.Milliseconds(choice), rounds.Milliseconds(action), rounds.Ratio(
                action, choice),
            _candidates[regret.Best].Name, rounds.Milliseconds(regret.Best), regret.Value, rounds.Ratio(0, choice));
    }
}
