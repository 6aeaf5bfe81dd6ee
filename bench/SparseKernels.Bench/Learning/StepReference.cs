namespace SparseKernels.Bench.Learning;

/// <summary>What a training step is held to: the same step in double precision, or another of ours where libtorch is not there.</summary>
/// <param name="Name">Who made it.</param>
/// <param name="Loss">The loss before the update.</param>
/// <param name="State">Parameters and running statistics after it.</param>
internal sealed record StepReference(string Name, double Loss, double[][] State)
{
    /// <summary>A step in single precision as one to hold others to.</summary>
    public static StepReference Of(string name, StepOutcome outcome) =>
        new(name, outcome.Loss, [.. outcome.State.Select(values => Array.ConvertAll(values, value => (double)value))]);
}
