namespace SparseKernels.Training.Optimisation;

/// <summary>Linear warm-up, then a rate that is multiplied by a factor at each of some steps (PyTorch's <c>MultiStepLR</c>).</summary>
public sealed class StepSchedule : ILearningRateSchedule
{
    private readonly float _peak;
    private readonly float _factor;
    private readonly long[] _milestones;
    private readonly long _warmUp;

    /// <summary>Makes a schedule.</summary>
    /// <param name="peak">The rate after the warm-up; 0 or more.</param>
    /// <param name="milestones">The steps from which the rate is lower, in rising order, each 0 or more.</param>
    /// <param name="factor">What a milestone multiplies the rate by; over 0, at most 1.</param>
    /// <param name="warmUpSteps">Steps of the warm-up, of which the last has the peak rate; 0 or more.</param>
    /// <exception cref="ArgumentNullException"><paramref name="milestones"/> is null.</exception>
    /// <exception cref="ArgumentException"><paramref name="milestones"/> do not rise.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An argument is out of its range.</exception>
    public StepSchedule(float peak, IReadOnlyList<long> milestones, float factor = 0.1f, long warmUpSteps = 0)
    {
        WarmUp.Check(peak, warmUpSteps);
        ArgumentNullException.ThrowIfNull(milestones);
        if (!(factor > 0 && factor <= 1))
            throw new ArgumentOutOfRangeException(nameof(factor), $"factor must be over 0 and at most 1, got {factor}.");
        for (var i = 0; i < milestones.Count; i++)
        {
            if (milestones[i] < 0 || (i > 0 && milestones[i] <= milestones[i - 1]))
                throw new ArgumentException(
                    $"milestones must be 0 or more and rise, got {string.Join(", ", milestones)}.", nameof(milestones));
        }

        (_peak, _factor, _milestones, _warmUp) = (peak, factor, [.. milestones], warmUpSteps);
    }

    /// <inheritdoc/>
    public float At(long step)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(step);
        var rate = step < _warmUp ? WarmUp.At(_peak, step, _warmUp) : _peak;
        foreach (var milestone in _milestones)
        {
            if (step >= milestone) rate *= _factor;
        }

        return rate;
    }
}
