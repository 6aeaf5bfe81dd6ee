namespace SparseKernels.Training.Optimisation;

/// <summary>The linear warm-up that all schedules share (Goyal et al. 2017): <c>peak · (step + 1) / steps</c>.</summary>
internal static class WarmUp
{
    public static float At(float peak, long step, long steps) => (float)((double)peak * (step + 1) / steps);

    public static void Check(float peak, long warmUpSteps)
    {
        CheckRate(peak, nameof(peak));
        ArgumentOutOfRangeException.ThrowIfNegative(warmUpSteps);
    }

    public static void CheckRate(float rate, string argument)
    {
        if (!(rate >= 0 && float.IsFinite(rate)))
            throw new ArgumentOutOfRangeException(argument, $"{argument} must be a finite rate of 0 or more, got {rate}.");
    }
}
