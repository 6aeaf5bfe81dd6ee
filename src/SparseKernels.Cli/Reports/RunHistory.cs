using SparseKernels.Training;

namespace SparseKernels.Cli.Reports;

/// <summary>What a run reported since it began or went on.</summary>
internal sealed class RunHistory
{
    /// <summary>Steps whose median is a step's time: enough to leave out hiccups, few enough to follow pruning.</summary>
    private const int Window = 32;

    /// <summary>The first steps compile kernels.</summary>
    private const int WarmUp = 4;

    private readonly List<EpochReport> _epochs = [];
    private readonly List<TimeSpan> _dense = [];
    private readonly Queue<TimeSpan> _recent = new();
    private int _steps;

    /// <summary>The epochs.</summary>
    public IReadOnlyList<EpochReport> Epochs => _epochs;

    /// <summary>The median time of a step before the first pruning; null if there was none such.</summary>
    public TimeSpan? DenseStep => MedianOf(_dense);

    /// <summary>The median time of the latest steps; null before the first.</summary>
    public TimeSpan? LatestStep => MedianOf(_recent);

    /// <summary>How much faster the latest steps are than those before the first pruning; null if one of them is not known.</summary>
    public double? SpeedOverDense { get; private set; }

    /// <summary>Adds a step.</summary>
    public void Add(StepReport step)
    {
        if (++_steps <= WarmUp) return;
        if (step.Pruning is not { Sparsity: > 0 } && _dense.Count < Window) _dense.Add(step.Time);
        _recent.Enqueue(step.Time);
        if (_recent.Count > Window) _recent.Dequeue();
        if (_steps % Window == 0) SpeedOverDense = DenseStep / LatestStep;
    }

    /// <summary>Adds an epoch.</summary>
    public void Add(EpochReport epoch)
    {
        _epochs.Add(epoch);
        SpeedOverDense = DenseStep / LatestStep;
    }

    private static TimeSpan? MedianOf(IReadOnlyCollection<TimeSpan> times) => times.Count == 0 ? null : Median.Of(times);
}
