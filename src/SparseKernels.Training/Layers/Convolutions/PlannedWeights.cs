using SparseKernels.Training.Parameters;

namespace SparseKernels.Training.Layers.Convolutions;

/// <summary>A convolution's plan and its weights as the plan packs them: one layer's, or shared as <see cref="SharedPlans"/> says.</summary>
internal sealed class PlannedWeights : IDisposable
{
    private readonly bool _isShared;

    private PlannedWeights(Parameter weight, ConvolutionShape shape, Workspace workspace, SharedPlans? shared)
    {
        Plan = ChainedPlan.Create(shape, workspace);
        if (shared is not null) Plan.ForgetCalls();
        (Packed, _isShared) = (new PackedParameter(weight, Plan, shared), shared is not null);
    }

    public ConvolutionPlan Plan { get; }

    public PackedParameter Packed { get; }

    /// <summary>Those of a layer of a workspace.</summary>
    public static PlannedWeights Of(Parameter weight, ConvolutionShape shape, Workspace workspace) => workspace.Plans is { } plans
        ? plans.Of(weight, shape, () => new PlannedWeights(weight, shape, workspace, plans))
        : new(weight, shape, workspace, shared: null);

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
