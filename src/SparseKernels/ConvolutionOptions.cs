using SparseKernels.Isa;
using SparseKernels.Threading;

namespace SparseKernels;

/// <summary>Settings of a <see cref="ConvolutionPlan"/> that are not part of its shape.</summary>
public sealed record ConvolutionOptions
{
    /// <summary>Where the work runs; the whole machine by default.</summary>
    /// <exception cref="ArgumentNullException">The value is null.</exception>
    public ComputeTopology Topology
    {
        get;
        init
        {
            ArgumentNullException.ThrowIfNull(value, nameof(Topology));
            field = value;
        }
    } = ComputeTopology.Default;

    /// <summary>The instruction set; the best available, or the one that <c>SPARSEKERNELS_ISA</c> names, by default.</summary>
    public InstructionSetKind InstructionSet { get; init; } = Isa.InstructionSet.Current;

    /// <summary>
    /// How kernels are chosen; <see cref="KernelSchedule.Current"/>, so what <c>SPARSEKERNELS_SCHEDULE</c> says, by default.
    /// </summary>
    /// <exception cref="ArgumentNullException">The value is null.</exception>
    public KernelSchedule Schedule
    {
        get;
        init
        {
            ArgumentNullException.ThrowIfNull(value, nameof(Schedule));
            field = value;
        }
    } = KernelSchedule.Current;

    /// <summary>
    /// What times are predicted from, for <see cref="InstructionSet"/>; this machine's <see cref="SparseKernels.Calibration.Current"/>
    /// where null.
    /// </summary>
    public Calibration? Calibration { get; init; }

    /// <summary>
    /// What Forward limits its output to, <c>y = min(max(x ∗ w + bias, lowest), highest)</c>, where its kernels store it: a ReLU or ReLU6 behind the
    /// convolution without a sweep of its own. Null, the default, for nothing. The gradients that the plan computes are the convolution's own: whoever
    /// trains gates dy by y.
    /// </summary>
    /// <exception cref="ArgumentException">A limit is NaN, or the lowest is over the highest.</exception>
    public ValueRange? OutputRange
    {
        get;
        init
        {
            if (value is { } range && !(range.Lowest <= range.Highest))
                throw new ArgumentException($"OutputRange must reach from a lowest to a highest value, got {range}.", nameof(OutputRange));
            field = value;
        }
    }

    /// <summary>
    /// Take the instruction set's kernels even where the hardware lacks it; its vectors then run in software, very slowly. For tests.
    /// </summary>
    internal bool EmulateMissingHardware { get; init; }
}
