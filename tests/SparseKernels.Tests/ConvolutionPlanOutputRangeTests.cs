using SparseKernels.Isa;
using SparseKernels.Sparsity;
using SparseKernels.Tests.Support;
using SparseKernels.TestSupport;
using SparseKernels.Threading;
using Xunit;

namespace SparseKernels.Tests;

/// <summary>Forward's limits: the same whoever serves the call, and nothing but elements is limited.</summary>
public static class ConvolutionPlanOutputRangeTests
{
    private static readonly OperandPair?[] s_pairs =
        [null, new(Operand.Weight, Operand.Input), new(Operand.Weight, Operand.Output), new(Operand.Input, Operand.Weight), new(Operand.Output, Operand.Weight)];

    public static TheoryData<ConvolutionShape> Shapes { get; } =
    [
        new ConvolutionShape(2, 5, 6, 7, 9, 3, 3, padding: 1),
        new ConvolutionShape(17, 20, 5, 4, 18, 1, 1),
        new ConvolutionShape(3, 19, 9, 8, 19, 3, 3, stride: 2, padding: 1, groups: 19),
        new ConvolutionShape(2, 24, 7, 7, 24, 3, 3, padding: 1, groups: 12),

        // More input channels than a chunk or block has, and taps that read nothing.
        new ConvolutionShape(1, 40, 1, 9, 4, 3, 3, padding: 1),
    ];

    public static TheoryData<float, float> Ranges { get; } = new()
    {
        { 0, float.PositiveInfinity },
        { 0, 6 },
        { 1.5f, 4 },
        { float.NegativeInfinity, -2 },
    };

    [Theory]
    [MemberData(nameof(Shapes))]
    public static void Forward_AnyLayoutPairAndInstructionSet_IsTheLimitedConvolution(ConvolutionShape shape)
    {
        var data = new ConvolutionCase(shape, 0.7, 0.3, 0.7, 3).Integers();
        foreach (var (lowest, highest) in Ranges.Select(row => row.Data))
        {
            var expected = Array.ConvertAll(data.ReferenceForward(withBias: true), value => Math.Clamp(value, lowest, highest));
            var withoutBias = Array.ConvertAll(data.ReferenceForward(withBias: false), value => Math.Clamp(value, lowest, highest));
            foreach (var isa in Plans.Kinds(shape))
            {
                using var plan = Make(shape, isa, new(lowest, highest));
                foreach (var form in TensorForms.All)
                {
                    foreach (var pair in s_pairs)
                    {
                        var what = $"{isa}, {form}, {pair}, {lowest} to {highest}";
                        Expect.Equal(expected, PlanRun.Forward(plan, data, form, withBias: true, Sparse(shape, pair)), what);
                        Expect.Equal(withoutBias, PlanRun.Forward(plan, data, form, withBias: false, Sparse(shape, pair)), what);
                    }
                }
            }
        }
    }

    [Fact]
    public static void Forward_ListsWhoseLastBlocksAreEmpty_AreLimitedToo()
    {
        // Several blocks of input channels, in the last of which some output channels have no weight.
        var shape = new ConvolutionShape(1, 400, 8, 16, 6, 1, 1);
        var data = new ConvolutionCase(shape, 0.7, 0.3, 0.7, 3).Integers();
        for (var k = 0; k < 3; k++) data.W.AsSpan((k * 400) + 40, 360).Clear();
        var expected = Array.ConvertAll(data.ReferenceForward(withBias: true), value => Math.Clamp(value, -1, 1));
        using var plan = Make(shape, InstructionSet.Current, new(-1, 1));
        foreach (var form in TensorForms.All)
            Expect.Equal(expected, PlanRun.Forward(plan, data, form, withBias: true, Sparse(shape, new(Operand.Weight, Operand.Input))), $"{form}");
    }

    [Fact]
    public static void Forward_InfiniteWeightOrNaN_LimitsTheOneAndKeepsTheOther()
    {
        var shape = new ConvolutionShape(2, 3, 5, 5, 4, 3, 3, padding: 1);
        var data = new ConvolutionCase(shape, 1, 1, 1, 3).Floats();
        foreach (var (weight, pixel) in ((float, float)[])[(float.PositiveInfinity, 1), (0.5f, float.NaN), (float.NaN, 1)])
        {
            (data.W[4], data.X[6]) = (weight, pixel);
            using ConvolutionPlan limited = Make(shape, InstructionSet.Current, new(-1, 1)), free = Make(shape, InstructionSet.Current, null);
            foreach (var form in TensorForms.All)
            {
                var expected = Array.ConvertAll(PlanRun.Forward(free, data, form, withBias: true), value => Math.Clamp(value, -1, 1));
                Assert.Equal(expected, PlanRun.Forward(limited, data, form, withBias: true));
                if (float.IsNaN(weight) || float.IsNaN(pixel)) Assert.Contains(float.NaN, expected);
            }
        }
    }

    [Fact]
    public static void Backward_OfALimitedPlan_IsTheConvolutions()
    {
        var shape = new ConvolutionShape(2, 5, 6, 7, 9, 3, 3, padding: 1);
        var data = new ConvolutionCase(shape, 0.7, 0.3, 0.7, 3).Integers();
        using var plan = Make(shape, InstructionSet.Current, ValueRange.Relu6);
        foreach (var form in TensorForms.All)
        {
            Expect.Equal(data.ReferenceBackwardData(), PlanRun.BackwardData(plan, data, form), "dx");
            Expect.Equal(data.ReferenceBackwardWeights().Dw, PlanRun.BackwardWeights(plan, data, form, withBias: false).Dw, "dw");
        }
    }

    [Theory]
    [InlineData(1, 0)]
    [InlineData(float.NaN, 1)]
    [InlineData(0, float.NaN)]
    public static void Options_LimitsThatAreNone_AreRefused(float lowest, float highest)
    {
        var refused = Assert.Throws<ArgumentException>(() => new ConvolutionOptions { OutputRange = new(lowest, highest) });
        Assert.Equal("OutputRange", refused.ParamName);
        Assert.Contains($"{new ValueRange(lowest, highest)}", refused.Message, StringComparison.Ordinal);
    }

    private static ConvolutionPlan Make(ConvolutionShape shape, InstructionSetKind isa, ValueRange? range) => new(shape, new ConvolutionOptions
    {
        InstructionSet = isa,
        Topology = ComputeTopology.FromThreads(2),
        EmulateMissingHardware = true,
        Schedule = KernelSchedule.Dense,
        OutputRange = range,
    });

    private static SparseOperands? Sparse(ConvolutionShape shape, OperandPair? pair)
    {
        if (pair is not { } asked) return null;
        var wanted = new FineMask(shape.N, shape.K, shape.P, shape.Q);
        wanted.Fill(true);
        return new SparseOperands(asked) { Output = wanted };
    }
}
