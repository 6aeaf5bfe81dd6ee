namespace SparseKernels.Training.Optimisation;

/// <summary>The learning rate as a function of the step alone, so that a resumed run continues where it was.</summary>
public interface ILearningRateSchedule
{
    /// <summary>The rate of one step.</summary>
    /// <param name="step">Optimiser steps taken before this one; 0 or more.</param>
    /// <returns>The rate.</returns>
    float At(long step);
}
