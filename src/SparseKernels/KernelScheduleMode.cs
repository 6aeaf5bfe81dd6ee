namespace SparseKernels;

/// <summary>How a <see cref="KernelSchedule"/> chooses.</summary>
public enum KernelScheduleMode
{
    /// <summary>By prediction and by the times seen.</summary>
    Automatic,

    /// <summary>By prediction alone.</summary>
    Reproducible,

    /// <summary>Dense kernels, always.</summary>
    Dense,

    /// <summary>One pair of operands, always.</summary>
    Forced,
}
