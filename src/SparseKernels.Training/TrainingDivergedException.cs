namespace SparseKernels.Training;

/// <summary>The loss became infinite or not a number; the last checkpoint is from before.</summary>
/// <param name="message">At which step, and what may help.</param>
public sealed class TrainingDivergedException(string message) : Exception(message);
