using System.Globalization;
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

    /// <summary>How long training waited for data, in words for people; null before the first epoch.</summary>
    public string? Waiting
    {
        get
        {
            if (_epochs.Count == 0) return null;
            var (training, waiting) = (_epochs.Sum(epoch => epoch.TrainingTime.TotalSeconds), _epochs.Sum(epoch => epoch.WaitingTime.TotalSeconds));
            return string.Create(
                CultureInfo.InvariantCulture,
                $"Training waited for data {waiting:F1} s, {100 * Math.Min(1, waiting / training):F1} % of its time; in {_epochs.Sum(epoch => epoch.WaitingSteps)} steps the batch wasn't ready.");
        }
    }

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
