using SparseKernels.Training.Parameters;

namespace SparseKernels.Training.Layers.Convolutions;

/// <summary>A convolution's plan and its weights as the plan packs them: one layer's, or shared as <see cref="SharedPlans"/> says.</summary>
internal sealed class PlannedWeights : IDisposable
{
    private readonly bool _isShared;

    private PlannedWeights(Parameter weight, ConvolutionShape shape, ValueRange? range, Workspace workspace, SharedPlans? shared)
    {
        Plan = ChainedPlan.Create(shape, range, workspace);
        if (shared is not null) Plan.ForgetCalls();
        (Packed, _isShared) = (new PackedParameter(weight, Plan, shared), shared is not null);
    }

    public ConvolutionPlan Plan { get; }

    public PackedParameter Packed { get; }

    /// <summary>Those of a layer of a workspace.</summary>
    /// <param name="weight">The weights.</param>
    /// <param name="shape">The sizes.</param>
    /// <param name="range">What Forward limits its output to; null for nothing.</param>
    /// <param name="workspace">What all layers share.</param>
    public static PlannedWeights Of(Parameter weight, ConvolutionShape shape, ValueRange? range, Workspace workspace) => workspace.Plans is { } plans
        ? plans.Of((weight, shape, range), () => new PlannedWeights(weight, shape, range, workspace, plans))
        : new(weight, shape, range, workspace, shared: null);

    /// <summary>Says that the layer needs them no more.</summary>
    public void Leave()
    {
        if (!_isShared) Dispose();
    }

    public void Dispose()
    {
        Packed.Dispose();
        Plan.Dispose();
    }
}
