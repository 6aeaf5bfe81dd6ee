using SparseKernels.Tensors;
using SparseKernels.Threading;
using SparseKernels.Training.Layers;
using SparseKernels.Training.Layers.Convolutions;
using SparseKernels.Training.Parameters;
using SparseKernels.Training.Tensors;
using SparseKernels.Training.Tests.Support;
using Xunit;

namespace SparseKernels.Training.Tests.Layers;

public static class SharedPlansTests
{
    private static readonly FeatureShape s_input = new(3, 6, 6);

    [Fact]
    public static void Build_TwinsOfASharedWorkspace_HaveOnePlanThatOutlivesThem()
    {
        using var plans = new SharedPlans();
        using var first = new Conv2d("conv", 3, 5, 3);
        using var second = (Conv2d)first.Twin();
        using var x = new BlockedTensor(1, 3, 6, 6);
        x.CopyFromNchw(Samples.Gaussian(s_input.Length));
        using (var workspace = Make(plans)) Run(first, workspace);
        var plan = first.Plans[0].Plan;
        first.Dispose();
        using (var workspace = Make(plans))
        {
            Assert.All(Run(second, workspace), value => Assert.Equal(0, value));
            Assert.Same(plan, second.Plans[0].Plan);
        }

        float[] Run(Conv2d layer, Workspace workspace)
        {
            layer.Build(s_input, workspace);
            return layer.Forward(x, training: false).AsSpan().ToArray();
        }
    }

    [Fact]
    public static void Build_AnySharedPlan_ChoosesByTheCallAlone()
    {
        using var plans = new SharedPlans();
        foreach (var shared in new[] { plans, null })
        {
            using var layer = new Conv2d("conv", 3, 5, 3);
            using var workspace = Make(shared);
            layer.Build(s_input, workspace);
            foreach (var layout in Enum.GetValues<BlockedLayout>())
                Assert.Equal(shared is not null, layer.Plans[0].Plan.SchedulerOf(ConvolutionPass.Forward, layout).IsForgetful);
        }
    }

    [Fact]
    public static void Of_OtherWeightsOrSizes_AreOtherPlans()
    {
        using var plans = new SharedPlans();
        using var workspace = Make(plans);
        var (weight, other) = (new Parameter("w", [5, 3, 3, 3], Initialisation.Constant(1)), new Parameter("v", [5, 3, 3, 3], Initialisation.Constant(1)));
        var (shape, wider) = (new ConvolutionShape(1, 3, 6, 6, 5, 3, 3), new ConvolutionShape(1, 3, 6, 7, 5, 3, 3));
        var planned = PlannedWeights.Of(weight, shape, range: null, workspace);
        Assert.Same(planned, PlannedWeights.Of(weight, new ConvolutionShape(1, 3, 6, 6, 5, 3, 3), range: null, workspace));
        Assert.NotSame(planned, PlannedWeights.Of(other, shape, range: null, workspace));
        Assert.NotSame(planned, PlannedWeights.Of(weight, wider, range: null, workspace));
        Assert.NotSame(planned, PlannedWeights.Of(weight, shape, ValueRange.Relu, workspace));
    }

    private static Workspace Make(SharedPlans? plans) => new(
        batch: 1, ComputeTopology.FromThreads(1), seed: 0, KernelSchedule.Reproducible, plans: plans);
}
