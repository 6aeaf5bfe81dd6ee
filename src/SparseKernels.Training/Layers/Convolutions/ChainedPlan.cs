using SparseKernels.Diagnostics;

namespace SparseKernels.Training.Layers.Convolutions;

/// <summary>Plans of convolutions in a network.</summary>
internal static class ChainedPlan
{
    /// <summary>A plan with the workspace's threads, schedule and layout, and limits of the output.</summary>
    public static ConvolutionPlan Create(ConvolutionShape shape, ValueRange? range, Workspace workspace)
    {
        var plan = new ConvolutionPlan(
            shape,
            new ConvolutionOptions { Topology = workspace.Topology, Schedule = workspace.Schedule, Calibration = workspace.Calibration, OutputRange = range });

        // As a run that goes on from a checkpoint begins with a choice, so does every other.
        plan.Choices = PlanChoices.Dense with { Layout = workspace.Layout };
        return plan;
    }
}
