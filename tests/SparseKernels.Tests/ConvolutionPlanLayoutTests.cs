using SparseKernels.Diagnostics;
using SparseKernels.Isa;
using SparseKernels.Sparsity;
using SparseKernels.Tensors;
using SparseKernels.Tests.Support;
using SparseKernels.TestSupport;
using SparseKernels.Threading;
using Xunit;

namespace SparseKernels.Tests;

/// <summary>Layouts of a plan's tensors: mixed, with borders too narrow or too wide, and which one the plan prefers.</summary>
public static class ConvolutionPlanLayoutTests
{
    private const BlockedLayout Channels = BlockedLayout.ChannelBlocked, Batches = BlockedLayout.BatchBlocked, Planes = BlockedLayout.Planar;

    private static readonly ConvolutionShape s_shape = new(18, 20, 7, 6, 24, 3, 3, stride: new(2, 1), padding: 1);

    public static TheoryData<BlockedLayout, int, BlockedLayout, int> Tensors { get; } = new()
    {
        { Channels, 0, Batches, 1 },
        { Batches, 1, Channels, 0 },
        { Batches, 0, Batches, 1 },
        { Batches, 1, Batches, 0 },
        { Batches, 0, Channels, 0 },
        { Batches, 3, Batches, 2 },
        { Planes, 1, Planes, 1 },
        { Planes, 2, Batches, 1 },
        { Channels, 0, Planes, 2 },
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
    public static void Plain_EitherLayoutWithEitherWeights_EqualsReference() => GeneratedCases.Check(ConvolutionCase.Arbitrary(), 60, c =>
    {
        var data = c.Integers();
        var s = c.Shape;
        var (x, dy) = (Nhwc.Of(data.X, s.C, s.H * s.W), Nhwc.Of(data.Dy, s.K, s.P * s.Q));
        var (y, dx) = (data.ReferenceForward(withBias: true), data.ReferenceBackwardData());
        using var plan = new ConvolutionPlan(s);
        using var w = plan.CreatePackedWeights();
        w.Update(data.W);
        float[] actual = new float[s.OutputLength], gradient = new float[s.InputLength];
        for (var call = 0; call < 2; call++)
        {
            plan.Forward(data.X, w, data.Bias, actual);
            Expect.Equal(y, actual, "y, NCHW, packed");
            plan.Forward(x, data.W, data.Bias, actual, PlainLayout.Nhwc);
            Expect.Equal(y, Nhwc.Back(actual, s.K, s.P * s.Q), "y, NHWC, plain weights");
            plan.BackwardData(data.Dy, w, gradient);
            Expect.Equal(dx, gradient, "dx, NCHW, packed");
            plan.BackwardData(dy, data.W, gradient, PlainLayout.Nhwc);
            Expect.Equal(dx, Nhwc.Back(gradient, s.C, s.H * s.W), "dx, NHWC, plain weights");
        }
    });

    [Fact]
    public static void CreateTensors_BatchBlocked_HaveTheBorderThatThePlanReads()
    {
        using var plan = new ConvolutionPlan(new ConvolutionShape(16, 4, 9, 8, 4, 3, 5, stride: 2, padding: new Padding2D(1, 0, 2, 2)));
        using BlockedTensor x = plan.CreateInput(Batches), y = plan.CreateOutput(Batches), channels = plan.CreateInput();
        Assert.Equal((Batches, new Padding2D(1, 0, 2, 1)), (x.Layout, x.Border));
        Assert.Equal(Batches, y.Layout);
        Assert.Equal((Channels, (Padding2D)0), (channels.Layout, channels.Border));
    }

    [Theory]
    [InlineData(3, 1, 1)]
    [InlineData(1, 0, 1)]
    [InlineData(5, 0, 1)]
    [InlineData(3, 2, 2)]
    [InlineData(3, 0, 3)]
    public static void Planar_StrideOfOne_RunsInPlaceAndClearsWhatLiesBetweenRows(int filter, int padding, int dilation)
    {
        var shape = new ConvolutionShape(2, 6, 9, 11, 5, filter, filter, padding: padding, dilation: dilation);
        var data = new ConvolutionCase(shape, 0.7, 0.3, 0.7, 3).Integers();
        foreach (var threads in (int[])[1, 3])
        {
            using var plan = new ConvolutionPlan(shape, new ConvolutionOptions { Topology = ComputeTopology.FromThreads(threads) });

            // PlanRun looks at every float of the result: between rows and channels they stay zero, whatever the bias.
            Expect.Equal(data.ReferenceForward(withBias: true), PlanRun.Forward(plan, data, TensorForm.Planar, withBias: true), "y");
            Assert.Equal(Planes, plan.Choices.Layout);
            Expect.Equal(data.ReferenceBackwardData(), PlanRun.BackwardData(plan, data, TensorForm.Planar), "dx");
            Assert.Equal(Planes, plan.Choices.Layout);
            PlanRun.BackwardWeights(plan, data, TensorForm.Planar, withBias: false);
            Assert.Equal(Channels, plan.Choices.Layout);
        }
    }

    [Theory]
    [InlineData(3, 2, 1, 14, true)]
    [InlineData(3, 2, 1, 15, true)]
    [InlineData(1, 2, 0, 14, true)]
    [InlineData(1, 3, 0, 11, true)]
    [InlineData(7, 2, 3, 33, true)]
    [InlineData(2, 2, 0, 9, true)]
    [InlineData(4, 3, 2, 40, true)]
    [InlineData(3, 2, 0, 9, false)]
    public static void Planar_StridedForward_ReadsACopyWhereGapsBetweenRowsSuffice(int filter, int stride, int padding, int size, bool suffices)
    {
        var shape = new ConvolutionShape(2, 5, size, size + 1, 4, filter, filter, stride: stride, padding: padding);
        var data = new ConvolutionCase(shape, 0.7, 0.5, 0.7, 3).Integers();
        var gap = suffices ? 3 : 0;
        foreach (var pair in (OperandPair?[])[null, new OperandPair(Operand.Weight, Operand.Input), new OperandPair(Operand.Weight, Operand.Output)])
        {
            using var plan = new ConvolutionPlan(shape, new ConvolutionOptions { Topology = ComputeTopology.FromThreads(2), Schedule = KernelSchedule.Dense });
            using BlockedTensor x = new(2, 5, size, size + 1, Planes, gap), y = new(2, 4, shape.P, shape.Q, Planes, gap);
            using var w = plan.CreatePackedWeights();
            x.CopyFromNchw(data.X);
            w.Update(data.W);
            var wanted = new FineMask(2, 4, shape.P, shape.Q);
            wanted.Fill(true);
            for (var call = 0; call < 2; call++)
            {
                if (pair is { } asked) plan.Forward(x, w, data.Bias, y, new SparseOperands(asked) { Output = wanted });
                else plan.Forward(x, w, data.Bias, y);
                Expect.Equal(data.ReferenceForward(withBias: true), Plain(y), $"y, {pair}");
                Assert.Equal(suffices ? Planes : Channels, plan.Choices.Layout);
            }
        }
    }

    [Fact]
    public static void Planar_BackwardDataOfAStrideOrRowsOfOtherDistances_AreConverted()
    {
        var data = new ConvolutionCase(s_shape, 0.7, 0.3, 0.7, 3).Integers();
        using var strided = new ConvolutionPlan(s_shape);
        Expect.Equal(data.ReferenceBackwardData(), PlanRun.BackwardData(strided, data, TensorForm.Planar), "dx");
        Assert.Equal(Channels, strided.Choices.Layout);

        var shape = new ConvolutionShape(2, 6, 9, 11, 5, 3, 3, padding: 1);
        using var plan = new ConvolutionPlan(shape);
        using BlockedTensor x = new(2, 6, 9, 11, Planes, 2), y = plan.CreateOutput(Planes), narrow = plan.CreateInput(Planes);
        using var w = plan.CreatePackedWeights();
        plan.Forward(x, w, [], y);
        Assert.Equal(Channels, plan.Choices.Layout);
        plan.Forward(narrow, w, [], y);
        Assert.Equal(Planes, plan.Choices.Layout);
    }

    [Fact]
    public static void Planar_InfiniteNeighbours_SpoilNoOtherChannelOrImage()
    {
        // Vectors past an image's last pixel read into the next channel: what they make of it must go nowhere.
        var shape = new ConvolutionShape(2, 3, 5, 5, 4, 3, 3, padding: 1);
        var data = new ConvolutionCase(shape, 1, 0.8, 1, 3).Integers();
        Array.Fill(data.X, float.PositiveInfinity, 75, 75);
        using var plan = new ConvolutionPlan(shape);
        foreach (var pair in (OperandPair?[])[null, new OperandPair(Operand.Weight, Operand.Input)])
        {
            var y = PlanRun.Forward(plan, data, TensorForm.Planar, withBias: true, pair is { } asked ? new SparseOperands(asked) : null);
            Expect.Equal(data.ReferenceForward(withBias: true)[..100], y[..100], "the first image");
        }
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
