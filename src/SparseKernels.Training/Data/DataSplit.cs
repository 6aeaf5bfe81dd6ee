namespace SparseKernels.Training.Data;

/// <summary>Which of a data set's images.</summary>
public enum DataSplit
{
    /// <summary>The images to learn from.</summary>
    Training,

    /// <summary>The images held back to measure accuracy.</summary>
    Test,
}
