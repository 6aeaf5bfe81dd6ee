namespace SparseKernels.Training.Optimisation;

/// <summary>
/// Linear warm-up, then half a cosine down to a final rate (Loshchilov and Hutter 2017, without restarts):
/// <c>final + (peak − final)·(1 + cos(π·t))/2</c>, where t runs from 0 after the warm-up to 1 at the last step and beyond.
/// </summary>
public sealed class CosineSchedule : ILearningRateSchedule
{
    private readonly float _peak;
    private readonly float _final;
    private readonly long _total;
    private readonly long _warmUp;

    /// <summary>Makes a schedule.</summary>
    /// <param name="peak">The rate after the warm-up; 0 or more.</param>
    /// <param name="totalSteps">Steps of the whole run; 1 or more.</param>
    /// <param name="warmUpSteps">Steps of the warm-up, of which the last has the peak rate; 0 to <paramref name="totalSteps"/>.</param>
    /// <param name="final">The rate that the cosine ends at; 0 or more.</param>
    /// <exception cref="ArgumentOutOfRangeException">An argument is out of its range.</exception>
    public CosineSchedule(float peak, long totalSteps, long warmUpSteps = 0, float final = 0)
    {
        WarmUp.Check(peak, warmUpSteps);
        WarmUp.CheckRate(final, nameof(final));
        ArgumentOutOfRangeException.ThrowIfLessThan(totalSteps, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(warmUpSteps, totalSteps);
        (_peak, _final, _total, _warmUp) = (peak, final, totalSteps, warmUpSteps);
    }

    /// <inheritdoc/>
    public float At(long step)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(step);
        if (step < _warmUp) return WarmUp.At(_peak, step, _warmUp);
        var progress = Math.Min(1.0, (step - _warmUp) / (double)Math.Max(1, _total - _warmUp));
        return (float)(_final + (((double)_peak - _final) * (1 + Math.Cos(Math.PI * progress)) / 2));
    }
}
