namespace SparseKernels.Training.Networks;

/// <summary>
/// In which layout a built network's tensors lie: chosen for the whole chain of its layers, between calls, from the times that all passes of
/// all convolutions are predicted to take. A chain changes over where another layout promises a clear gain, so that a run does a few times at
/// most; where times seen count, it goes back if the promise was not kept, and waits until the promise is larger by as much.
/// </summary>
/// <param name="goesByTime">Whether times seen count: under <see cref="KernelScheduleMode.Automatic"/>.</param>
/// <param name="isFixed">Whether the layout never changes.</param>
/// <param name="tries">
/// Whether times seen are believed sooner than predictions: another layout is tried once where it is not predicted to be much worse.
/// </param>
internal sealed class LayoutChoice(bool goesByTime, bool isFixed, bool tries = false)
{
    /// <summary>
    /// The share of the predicted time of convolutions that another layout must promise to save. What batch-blocked saves was seen to be more: 8 % were
    /// promised where a training step then took 17 to 20 % less (a Xeon with AVX-512), and other layers take less too.
    /// </summary>
    public const double Hysteresis = 0.05;

    /// <summary>
    /// The predicted time of another layout, over that of this one, up to which trying it is worth its calls: for few images predictions were seen
    /// to miss by more than two.
    /// </summary>
    public const double WorthATrial = 1.75;

    /// <summary>What a layout's times may be longer than the other's were, and it is still kept.</summary>
    private const double Tolerance = 1.02;

    /// <summary>The first look comes after so many calls, when every pass has run, the next ones after so many each.</summary>
    private const int FirstLook = 4, CallsOfLook = 32;

    /// <summary>Calls of a layout before it is compared: its kernels, each of which is tried, are chosen by then.</summary>
    public const int CallsOfChoosing = 64;

    /// <summary>Calls whose times are compared.</summary>
    private const int TimesKept = 16;

    private readonly Queue<double> _times = new(TimesKept);
    private long _callsSinceChange;
    private double? _timeBefore;

    /// <summary>The promise, as the share of the time left, that was not kept: a new one must be better.</summary>
    private double _broken = 1;
    private bool _mayTry = goesByTime && tries;

    /// <summary>What the last change promised.</summary>
    private double _promised = 1;

    /// <summary>The choice that a schedule leaves.</summary>
    /// <param name="schedule">How convolutions choose their kernels.</param>
    /// <param name="isGiven">Whether somebody said the layout.</param>
    /// <param name="tries">As the constructor has it.</param>
    public static LayoutChoice Under(KernelSchedule schedule, bool isGiven = false, bool tries = false) =>
        new(GoesByTimeUnder(schedule), isGiven || IsFixedUnder(schedule), tries);

    /// <summary>Whether times seen count under a schedule.</summary>
    public static bool GoesByTimeUnder(KernelSchedule schedule) => schedule.Mode == KernelScheduleMode.Automatic;

    /// <summary>Whether a schedule leaves no choice: no times are predicted under it.</summary>
    public static bool IsFixedUnder(KernelSchedule schedule) => schedule.Mode is not (KernelScheduleMode.Automatic or KernelScheduleMode.Reproducible);

    /// <summary>Whether the layout may change behind a call, counted from 1.</summary>
    public static bool IsLook(long call) => call == FirstLook || call % CallsOfLook == 0;

    /// <summary>How many times the layout changed.</summary>
    public int Changes { get; private set; }

    /// <summary>Takes note of a call and says whether the chain is to change over now.</summary>
    /// <param name="call">Calls of the network so far, this one included: the same for a run that went on from a checkpoint.</param>
    /// <param name="seconds">What the call took.</param>
    /// <param name="network">What knows what the other layout promises.</param>
    public bool ShouldChange(long call, double seconds, ILayoutPromise network)
    {
        if (isFixed) return false;
        _callsSinceChange++;
        if (goesByTime) Keep(seconds);
        if (!IsLook(call)) return false;
        if (_timeBefore is { } before)
        {
            if (_callsSinceChange < CallsOfChoosing) return false;
            _timeBefore = null;
            if (Quick() > Tolerance * before) return Change();

            // What was better than predicted stays where the prediction speaks against it.
            _broken = Math.Min(1, 1 / _promised);
        }

        var promise = network.PromiseOfOtherLayout();
        var isTrial = _mayTry && call >= CallsOfChoosing;
        if (promise > (isTrial ? WorthATrial : (1 - Hysteresis) * _broken)) return false;
        if (!goesByTime) return Change();

        // Both times compared are those of a chain whose kernels are compiled and chosen.
        if (_callsSinceChange < FirstLook) return false;
        _timeBefore = _times.Count > 0 ? Quick() : null;
        (_broken, _promised, _mayTry) = (Math.Min(1, promise), promise, _mayTry && !isTrial);
        return Change();
    }

    private bool Change()
    {
        _times.Clear();
        _callsSinceChange = 0;
        Changes++;
        return true;
    }

    private void Keep(double seconds)
    {
        if (_times.Count == TimesKept) _times.Dequeue();
        _times.Enqueue(seconds);
    }

    /// <summary>
    /// A time that three quarters of the calls took longer than: those that others on the machine disturb, or that try kernels, don't count.
    /// </summary>
    private double Quick() => _times.Order().ElementAt(_times.Count / 4);
}
