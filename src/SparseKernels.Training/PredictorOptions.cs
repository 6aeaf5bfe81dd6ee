using SparseKernels.Threading;

namespace SparseKernels.Training;

/// <summary>How a <see cref="Predictor"/> runs.</summary>
public sealed record PredictorOptions
{
    /// <summary>
    /// Threads of one call; the whole machine by default. One that finds them busy with another call runs alone, so a server with as many callers as
    /// processors does best with a single one: <c>ComputeTopology.FromThreads(1)</c>.
    /// </summary>
    public ComputeTopology? Topology { get; init; }

    /// <summary>
    /// How convolutions choose their kernels; <see cref="KernelSchedule.Current"/> by default. Under <see cref="KernelSchedule.Reproducible"/> the same images
    /// in the same call give the same bits, whatever other threads call meanwhile.
    /// </summary>
    public KernelSchedule? Schedule { get; init; }

    /// <summary>What they predict times from; <see cref="SparseKernels.Calibration.Current"/> by default.</summary>
    public Calibration? Calibration { get; init; }

    /// <summary>What each class is called, by its label; none by default, or those of the checkpoint.</summary>
    public IReadOnlyList<string> ClassNames { get; init; } = [];

    /// <summary>
    /// Whether the predictor owns the network and disposes it, at once where it needs nothing more of it. Needed where layers of one's own have
    /// weights: these are used where they are, since nobody knows how to copy them.
    /// </summary>
    public bool OwnsNetwork { get; init; }
}
