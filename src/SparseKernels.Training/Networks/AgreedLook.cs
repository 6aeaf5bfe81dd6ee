namespace SparseKernels.Training.Networks;

/// <summary>What one rank saw of a step and all go by, so that all change the layout at the same step or none does.</summary>
internal sealed class AgreedLook : ILayoutPromise
{
    /// <summary>The time of the step.</summary>
    public double Seconds { get; set; }

    /// <summary>What the other layout promises.</summary>
    public double Promise { get; set; } = double.PositiveInfinity;

    /// <inheritdoc/>
    public double PromiseOfOtherLayout() => Promise;
}
