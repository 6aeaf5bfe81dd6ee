using SparseKernels.Threading;

namespace SparseKernels.Training.Stretches;

/// <summary>What a <see cref="NetworkStretch"/> runs on.</summary>
public sealed record StretchOptions
{
    /// <summary>Threads of a call; the whole machine by default.</summary>
    public ComputeTopology? Topology { get; init; }

    /// <summary>How convolutions choose their kernels; <see cref="KernelSchedule.Current"/> by default.</summary>
    public KernelSchedule? Schedule { get; init; }

    /// <summary>What they predict times from; <see cref="Calibration.Current"/> by default.</summary>
    public Calibration? Calibration { get; init; }

    /// <summary>What random masks derive from, together with the step of a call.</summary>
    public ulong Seed { get; init; }

    /// <summary>
    /// For how many pairs of batch and image sizes memory is kept; 1 or more. One more gives up those that were not used for longest.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is under 1.</exception>
    public int SizesKept
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1, nameof(SizesKept));
            field = value;
        }
    }

    = 8;
}
