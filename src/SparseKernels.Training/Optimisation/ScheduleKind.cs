namespace SparseKernels.Training.Optimisation;

/// <summary>How the learning rate falls over a run.</summary>
public enum ScheduleKind
{
    /// <summary>Half a cosine down to zero: <see cref="CosineSchedule"/>.</summary>
    Cosine,

    /// <summary>To a tenth at half of the run and again at three quarters: <see cref="StepSchedule"/>.</summary>
    Step,
}
