using SparseKernels.Diagnostics;
using SparseKernels.Isa;
using SparseKernels.Sparsity;
using SparseKernels.Tensors;
using SparseKernels.Tests.Support;
using SparseKernels.TestSupport;
using Xunit;

namespace SparseKernels.Tests;

/// <summary>Layouts of a plan's tensors: mixed, with borders too narrow or too wide, and which one the plan prefers.</summary>
public static class ConvolutionPlanLayoutTests
{
    private const BlockedLayout Channels = BlockedLayout.ChannelBlocked, Batches = BlockedLayout.BatchBlocked;

    private static readonly ConvolutionShape s_shape = new(18, 20, 7, 6, 24, 3, 3, stride: new(2, 1), padding: 1);

    public static TheoryData<BlockedLayout, int, BlockedLayout, int> Tensors { get; } = new()
    {
        { Channels, 0, Batches, 1 },
        { Batches, 1, Channels, 0 },
        { Batches, 0, Batches, 1 },
        { Batches, 1, Batches, 0 },
        { Batches, 0, Channels, 0 },
        { Batches, 3, Batches, 2 },
    };

    [Theory]
    [MemberData(nameof(Tensors))]
    public static void AllPasses_AnyLayoutsAndBorders_EqualReference(BlockedLayout ofInput, int inputBorder, BlockedLayout ofOutput, int outputBorder)
    {
        var data = new ConvolutionCase(s_shape, 0.7, 0.3, 0.7, 3).Integers();
        using var plan = new ConvolutionPlan(s_shape);
        using BlockedTensor x = Input(), dx = Input(), y = Output(), dy = Output();
        using var w = plan.CreatePackedWeights();
        x.CopyFromNchw(data.X);
        dy.CopyFromNchw(data.Dy);
        w.Update(data.W);
        for (var call = 0; call < 3; call++)
        {
            plan.Forward(x, w, data.Bias, y);
            Expect.Equal(data.ReferenceForward(withBias: true), Plain(y), "y");
            plan.BackwardData(dy, w, dx);
            Expect.Equal(data.ReferenceBackwardData(), Plain(dx), "dx");
            var (dw, dbias) = (new float[s_shape.WeightLength], new float[s_shape.K]);
            plan.BackwardWeights(x, dy, dw, dbias);
            Expect.Equal(data.ReferenceBackwardWeights().Dw, dw, "dw");
            Expect.Equal(data.ReferenceBackwardWeights().Dbias, dbias, "dbias");
        }

        BlockedTensor Input() => new(s_shape.N, s_shape.C, s_shape.H, s_shape.W, ofInput, inputBorder);
        BlockedTensor Output() => new(s_shape.N, s_shape.K, s_shape.P, s_shape.Q, ofOutput, outputBorder);
    }

    [Fact]
    public static void CreateTensors_BatchBlocked_HaveTheBorderThatThePlanReads()
    {
        using var plan = new ConvolutionPlan(new ConvolutionShape(16, 4, 9, 8, 4, 3, 5, stride: 2, padding: new Padding2D(1, 0, 2, 2)));
        using BlockedTensor x = plan.CreateInput(Batches), y = plan.CreateOutput(Batches), channels = plan.CreateInput();
        Assert.Equal((Batches, new Padding2D(1, 0, 2, 1)), (x.Layout, x.Border));
        Assert.Equal(Batches, y.Layout);
        Assert.Equal((Channels, (Padding2D)0), (channels.Layout, channels.Border));
    }

    [Fact]
    public static void Forward_LanesPastTheLastImageFullOfBias_AreZeroAfterwards()
    {
        foreach (var value in (float[])[1, float.NaN])
        {
            var data = new ConvolutionCase(s_shape, 1, 1, 1, 3).Floats();
            data.W[7] = value;
            using var plan = new ConvolutionPlan(s_shape);
            using BlockedTensor x = plan.CreateInput(Batches), y = plan.CreateOutput(Batches);
            using var w = plan.CreatePackedWeights();
            x.CopyFromNchw(data.X);
            w.Update(data.W);
            plan.Forward(x, w, data.Bias, y);
            for (var lane = s_shape.N % 16; lane < 16; lane++) Assert.Equal(0, y.AsSpan()[y.IndexOf(16, 5, 1, 2) + lane]);
        }
    }

    [Fact]
    public static void PreferredLayout_SparseAndDenseWeights_IsBatchesForTheOneAndChannelsBeforeAnyCall()
    {
        var shape = new ConvolutionShape(16, 64, 14, 14, 64, 3, 3, padding: 1);
        var isa = InstructionSetKind.Avx2;
        using var plan = new ConvolutionPlan(shape, new ConvolutionOptions { InstructionSet = isa, EmulateMissingHardware = true, Calibration = Calibration.Default(isa), Schedule = KernelSchedule.Reproducible });
        Assert.Equal(Channels, plan.PreferredLayout);
        Run(0.05);
        Assert.Equal(Batches, plan.PreferredLayout);

        // Half of the data zero and no weight: skipping the data's zeros is what pays.
        Run(1);
        Assert.Equal(Channels, plan.PreferredLayout);

        void Run(double density)
        {
            var data = new ConvolutionCase(shape, 0.2, density, 0.2, 3).Floats();
            foreach (var form in (TensorForm[])[TensorForm.ChannelBlocked, TensorForm.BatchBlocked])
            {
                PlanRun.Forward(plan, data, form, withBias: false);
                PlanRun.BackwardData(plan, data, form);
                PlanRun.BackwardWeights(plan, data, form, withBias: false, new SparseOperands { Weight = WeightPattern.FromWeights(shape, data.W) });
            }
        }
    }

    [Fact]
    public static void Choices_OfEachLayout_AreKeptApartAndSetWhereTheySay()
    {
        using var plan = new ConvolutionPlan(s_shape, new ConvolutionOptions { Schedule = KernelSchedule.Reproducible });
        var data = new ConvolutionCase(s_shape, 0.7, 0.3, 0.7, 3).Floats();
        PlanRun.Everything(plan, data, TensorForm.ChannelBlocked);
        Assert.Equal(Channels, plan.Choices.Layout);
        Assert.Equal(1, plan.Report(ConvolutionPass.Forward).Calls);
        PlanRun.Everything(plan, data, TensorForm.BatchBlocked);
        PlanRun.Everything(plan, data, TensorForm.BatchBlocked);
        var choices = plan.Choices;
        Assert.Equal(Batches, choices.Layout);
        Assert.False(choices.Forward.IsNone || choices.BackwardData.IsNone || choices.BackwardWeights.IsNone);
        Assert.Equal((Batches, 2L), (plan.Report(ConvolutionPass.Forward).Layout, plan.Report(ConvolutionPass.Forward).Calls));
        Assert.Equal((Channels, 1L), (plan.Report(ConvolutionPass.Forward, Channels).Layout, plan.Report(ConvolutionPass.Forward, Channels).Calls));
        Assert.Throws<ArgumentOutOfRangeException>("layout", () => plan.Report(ConvolutionPass.Forward, (BlockedLayout)7));

        using var other = new ConvolutionPlan(s_shape, new ConvolutionOptions { Schedule = KernelSchedule.Reproducible });
        other.Choices = choices;
        Assert.Equal(choices, other.Choices);
        other.Choices = PlanChoices.Dense;
        Assert.Equal(PlanChoices.Dense, other.Choices);

        // A plain call packs, and so runs channel-blocked; so does one whose border is too narrow.
        PlanRun.Everything(plan, data, TensorForm.Plain);
        Assert.Equal((Channels, 2L), (plan.Choices.Layout, plan.Report(ConvolutionPass.Forward).Calls));
        using BlockedTensor x = new(s_shape.N, s_shape.C, s_shape.H, s_shape.W, Batches), y = plan.CreateOutput(Batches);
        using var w = plan.CreatePackedWeights();
        PlanRun.Everything(plan, data, TensorForm.BatchBlocked);
        plan.Forward(x, w, [], y);
        Assert.Equal((Channels, 3L), (plan.Choices.Layout, plan.Report(ConvolutionPass.Forward).Calls));
        plan.ResetTotals();
        Assert.Equal(0, plan.Report(ConvolutionPass.Forward, Channels).Calls + plan.Report(ConvolutionPass.Forward, Batches).Calls);
    }

    private static float[] Plain(BlockedTensor tensor)
    {
        var plain = new float[tensor.PlainLength];
        tensor.CopyToNchw(plain);
        return plain;
    }
}
