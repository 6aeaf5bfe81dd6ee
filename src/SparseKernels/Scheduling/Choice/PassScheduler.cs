using System.Diagnostics;
using SparseKernels.Diagnostics;
using SparseKernels.Passes.Frame;
using SparseKernels.Scheduling.Cost;

namespace SparseKernels.Scheduling.Choice;

/// <summary>
/// Chooses a candidate for each call of one pass of a plan, and remembers what calls took. Safe to use from several threads.
/// </summary>
internal sealed class PassScheduler
{
    /// <summary>
    /// Sparse kernels must promise to be so much faster than the dense ones where predictions decide alone, and must be seen to be where
    /// they are predicted to be slower: a wrong promise or a lucky time should not make a call slower than it would be without the
    /// scheduler.
    /// </summary>
    private const double Caution = 1.1;

    private readonly Lock _lock = new();
    private readonly ICostModel _model;
    private readonly KernelSchedule _schedule;
    private readonly BlockedLayout _layout;
    private readonly Candidate[] _candidates;
    private readonly string[] _names;
    private readonly CandidateRecord[] _records;
    private int _last = -1;
    private long _calls;

    /// <summary>The candidate of the last call that ran, chosen or forced.</summary>
    private int _ran = -1;

    /// <summary>What the last call had to do; null where nobody looked, since there was nothing to choose.</summary>
    private PassWork? _work;

    /// <summary>Whether it said which elements of its result are wanted.</summary>
    private bool _hadMask;

    /// <param name="pass">The pass.</param>
    /// <param name="schedule">Whether times seen count, and what is forced.</param>
    /// <param name="model">What predicts times.</param>
    /// <param name="layout">How the tensors of its calls lie.</param>
    public PassScheduler(
        ConvolutionPass pass, KernelSchedule schedule, ICostModel model, BlockedLayout layout = BlockedLayout.ChannelBlocked)
    {
        (Pass, _schedule, _model, _layout) = (pass, schedule, model, layout);
        _candidates = [new(pass, null, layout), .. OperandPair.All.Select(pair => new Candidate(pass, pair, layout))];
        _names = Array.ConvertAll(_candidates, candidate => candidate.ToString());
        _records = new CandidateRecord[_candidates.Length];
    }

    public ConvolutionPass Pass { get; }

    /// <summary>The last choice; none before any. Setting it is as if the last call had chosen so.</summary>
    public PassChoice Last
    {
        get
        {
            lock (_lock) return _last < 0 ? PassChoice.None : _candidates[_last].Pair is { } pair ? PassChoice.Of(pair) : PassChoice.Dense;
        }

        set
        {
            lock (_lock) _last = value.IsNone ? -1 : IndexOf(value.Pair);
        }
    }

    /// <summary>
    /// Whether each call is chosen for by what it has to do alone, as if it were the first and its weights were packed: not by the choice before
    /// it, which another caller may have had.
    /// </summary>
    public bool IsForgetful { get; set; }

    /// <summary>What the last call that was chosen had to do; null before any.</summary>
    public PassWork? LastWork
    {
        get
        {
            lock (_lock) return _work;
        }
    }

    /// <summary>Whether the last call said which elements of its result are wanted.</summary>
    public bool LastHadMask
    {
        get
        {
            lock (_lock) return _hadMask;
        }
    }

    /// <summary>
    /// The least time that any candidate is expected to take, of those which need a mask only where there is one, without what it would take to
    /// pack weights: as predicted, and where times seen count, corrected by them.
    /// </summary>
    public double LeastSeconds(in PassWork work, bool hasMask = false)
    {
        var (packed, least) = (work with { PacksWeights = false }, double.PositiveInfinity);
        lock (_lock)
        {
            for (var i = 0; i < _candidates.Length; i++)
            {
                if (!hasMask && !_candidates[i].NeedsNoMask && Pass != ConvolutionPass.BackwardWeights) continue;
                var correction = _schedule.Mode == KernelScheduleMode.Automatic ? _records[i].Seen.Correction : 1;
                least = Math.Min(least, correction * _model.Seconds(_candidates[i], in packed));
            }
        }

        return least;
    }

    /// <summary>Chooses for a call.</summary>
    /// <param name="work">What it has to do.</param>
    /// <param name="hasMask">Whether it says which elements of the result are wanted.</param>
    public Decision Choose(in PassWork work, bool hasMask)
    {
        if (IsForgetful && work.PacksWeights) return Choose(work with { PacksWeights = false }, hasMask);
        Span<Estimate> estimates = stackalloc Estimate[_candidates.Length];
        lock (_lock)
        {
            for (var i = 0; i < estimates.Length; i++)
            {
                var serves = _records[i].WhyNot is null && (hasMask || _candidates[i].NeedsNoMask);
                var predicted = serves ? _model.Seconds(_candidates[i], in work) : double.PositiveInfinity;
                ref readonly var seen = ref _records[i].Seen;
                var skips = _candidates[i].Pair is not null;
                estimates[i] = _schedule.Mode == KernelScheduleMode.Automatic
                    ? new(
                        predicted, seen.Correction, seen.TriesAt(predicted), _calls - _records[i].LastCall,
                        skips && predicted > estimates[0].Predicted ? Caution : 1)
                    : new(predicted, 1, 0, 0, skips ? Caution : 1);
            }

            var choice = ChoiceRule.Choose(
                estimates, !IsForgetful && _last >= 0 && double.IsFinite(estimates[_last].Predicted) ? _last : -1,
                _schedule.Mode == KernelScheduleMode.Automatic);
            for (var i = 0; i < estimates.Length; i++) _records[i].Estimate = estimates[i];
            if (choice != _last && ConvolutionEventSource.Log.IsEnabled())
            {
                ConvolutionEventSource.Log.ChoiceChanged(
                    Pass.ToString(), work.Shape.ToString(), _names[choice], _last < 0 ? "" : _names[_last], 1e3 * estimates[choice].Expected, 1e3 * estimates[0].Expected);
            }

            (_work, _hadMask, _last, _ran) = (work, hasMask, choice, choice);
            return new Decision(choice, _candidates[choice].Pair, estimates[choice].Predicted, estimates[0].Predicted);
        }
    }

    /// <summary>The decision that runs a pair, or dense, whatever is predicted.</summary>
    public Decision Force(OperandPair? pair) => new(IndexOf(pair), pair, double.NaN, double.NaN);

    /// <summary>Says that no kernel serves a candidate: it is not chosen again.</summary>
    public void Exclude(in Decision decision, string why)
    {
        lock (_lock) _records[decision.Index].WhyNot = why;
    }

    /// <summary>Takes note of a call that ran.</summary>
    /// <param name="decision">How it ran.</param>
    /// <param name="ticks">How long, in ticks of <see cref="Stopwatch"/>.</param>
    public void Observe(in Decision decision, long ticks)
    {
        var seconds = (double)ticks / Stopwatch.Frequency;
        double saved;
        lock (_lock)
        {
            ref var record = ref _records[decision.Index];
            saved = Saved(in decision, seconds, record.IsWarm);
            record.LastSeconds = seconds;
            record.Seconds += seconds;
            record.SavedSeconds += saved;
            record.Calls++;
            _calls++;
            _ran = decision.Index;
            if (double.IsNaN(decision.Predicted)) ForgetEstimates();

            // A candidate's first call allocates its scratch memory and meets cold code: it says nothing of the next.
            if (record.IsWarm && !double.IsNaN(decision.Predicted)) record.Seen.Add(decision.Predicted, seconds, _calls - record.LastCall);
            record.LastCall = _calls;
            record.IsWarm |= !double.IsNaN(decision.Predicted);
        }

        ConvolutionMeter.Record(Pass, _names[decision.Index], seconds, saved);
    }

    /// <summary>What happened so far.</summary>
    public PassReport Report()
    {
        lock (_lock)
        {
            var candidates = new CandidateReport[_candidates.Length];
            for (var i = 0; i < candidates.Length; i++)
            {
                ref readonly var record = ref _records[i];
                candidates[i] = new CandidateReport(
                    _candidates[i].Pair, record.WhyNot, i == _ran, Time(record.Estimate.Predicted), Time(record.Estimate.Expected),
                    TimeSpan.FromSeconds(record.LastSeconds), record.Calls, TimeSpan.FromSeconds(record.Seconds), TimeSpan.FromSeconds(record.SavedSeconds));
            }

            return new PassReport(Pass, _work?.Input, _work?.Weight, _work?.Output, candidates) { Layout = _layout };
        }

        static TimeSpan? Time(double seconds) => double.IsFinite(seconds) && seconds > 0 ? TimeSpan.FromSeconds(seconds) : null;
    }

    /// <summary>Forgets what calls took in all, not what was learnt from them.</summary>
    public void ResetTotals()
    {
        lock (_lock)
        {
            foreach (ref var record in _records.AsSpan()) (record.Calls, record.Seconds, record.SavedSeconds) = (0, 0, 0);
        }
    }

    /// <summary>A call that somebody else decided leaves no densities and no predictions to report.</summary>
    private void ForgetEstimates()
    {
        _work = null;
        for (var i = 0; i < _records.Length; i++) _records[i].Estimate = default;
    }

    /// <summary>
    /// What the dense kernels would have taken more, disturbed as much as the call was: both predictions are corrected by times seen, the
    /// dense one by those of the call's own kernels while the dense ones have not run. A candidate's first call, most of which is compiling
    /// and allocating, counts with the time that was expected of it.
    /// </summary>
    private double Saved(in Decision decision, double seconds, bool isWarm)
    {
        if (decision.Pair is null || double.IsNaN(decision.Predicted)) return 0;
        var (dense, own) = (_records[0].Seen, _records[decision.Index].Seen.Correction);
        var expected = decision.Predicted * own;
        return (isWarm ? seconds : expected) * ((decision.DensePredicted * (dense.Count > 0 ? dense.Correction : own) / expected) - 1);
    }

    private int IndexOf(OperandPair? pair)
    {
        for (var i = 0; i < _candidates.Length; i++)
        {
            if (_candidates[i].Pair == pair) return i;
        }

        throw new ArgumentOutOfRangeException(nameof(pair), pair, "names no two operands.");
    }
}
