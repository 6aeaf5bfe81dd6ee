using SparseKernels.Isa;
using SparseKernels.Sparsity;
using SparseKernels.Tests.Support;
using SparseKernels.TestSupport;
using Xunit;

namespace SparseKernels.Tests;

/// <summary>An infinite or NaN element reaches the results that it has a part in, and no other: padding never adds a product.</summary>
public static class ConvolutionPlanNonFiniteTests
{
    private static readonly float[] s_values = [float.NaN, float.PositiveInfinity, float.NegativeInfinity];

    /// <summary>Padding that reaches far out, none, on one side, strides that leave rows over, dilation, groups, lanes past the end.</summary>
    private static readonly ConvolutionShape[] s_shapes =
    [
        new(1, 1, 1, 4, 8, 1, 3),
        new(2, 19, 4, 5, 17, 3, 3, padding: 1),
        new(1, 16, 5, 7, 16, 3, 3, stride: 2),
        new(2, 8, 6, 6, 16, 3, 3, stride: 2, padding: 1),
        new(1, 16, 7, 7, 16, 3, 3, padding: 2, dilation: 2),
        new(3, 12, 4, 4, 12, 2, 3, stride: new(1, 2), padding: new Padding2D(2, 0, 0, 3), groups: 3),
        new(2, 18, 5, 5, 18, 3, 3, padding: 1, groups: 18),
        new(17, 16, 3, 3, 16, 3, 3, padding: 1),
        new(1, 16, 5, 6, 32, 1, 1, stride: 2, padding: 1),
        new(1, 32, 3, 3, 16, 5, 5, padding: 4),
    ];

    public static TheoryData<string> Isas { get; } = new(InstructionSet.Available.Select(isa => isa.ToString()));

    public static TheoryData<string, int> Cases { get; } = Plans.CasesOf(s_shapes);

    [Theory]
    [MemberData(nameof(Cases))]
    public static void EveryPass_OneNonFiniteElement_ReachesItsResultsAlone(string isa, int index)
    {
        var shape = s_shapes[index];
        using var plan = Plans.Make(shape, Enum.Parse<InstructionSetKind>(isa));
        foreach (var density in TestScale.IsSmall ? (double[])[0.6] : [1, 0.4])
        {
            var dense = new ConvolutionCase(shape, density, density, density, 3 + index);

            // Masks of which whole blocks are dead, too.
            double[] masks = density == 1 ? [1] : [0.7, 0.03];
            var made = Array.ConvertAll(masks, mask => new SparseConvolutionCase(dense, ZeroLayout.Scattered, mask).Make());
            foreach (var operand in Enum.GetValues<Operand>())
            {
                foreach (var (place, i) in NonFiniteCase.Places(shape, operand).Select((place, i) => (place, i)))
                {
                    if (TestScale.IsSmall && (i + index) % 12 != 0) continue;
                    var value = s_values[i % s_values.Length];
                    var finite = made[i % made.Length];
                    var one = new NonFiniteCase(finite.Dense, operand, place, value);
                    foreach (var pair in SparseConvolutionData.Pairs.Cast<OperandPair?>().Prepend(null))
                    {
                        foreach (var form in TensorForms.All)
                        {
                            (finite with { Dense = one.Data }).RunEveryPass(plan, pair, form, (pass, actual, mask) => one.Check(
                                pass, actual, $"{pass}, {value} at {place} of {operand}, density {density}, pair {pair}, {form}", mask));
                        }
                    }
                }
            }
        }
    }

    [Theory]
    [MemberData(nameof(Isas))]
    public static void BackwardWeights_InfinityOppositeASkippedZeroBesideSpoiltPadding_ContributesNothing(string isa)
    {
        // x's infinity meets the padding of dy at the first two taps, whose sums are then made anew; dy's meets x's zero at the second.
        var shape = new ConvolutionShape(1, 1, 1, 4, 8, 1, 3);
        float[] x = [1, 2, 0, float.PositiveInfinity], dy = [.. Enumerable.Repeat<float[]>([1, float.PositiveInfinity], 8).SelectMany(row => row)];
        var dw = new float[shape.WeightLength];
        using var plan = Plans.Make(shape, Enum.Parse<InstructionSetKind>(isa));
        plan.BackwardWeights(x, dy, dw, [], new SparseOperands(new OperandPair(Operand.Input, Operand.Output)));
        float[] expected = [float.PositiveInfinity, 2, float.PositiveInfinity];
        Expect.Equal([.. Enumerable.Repeat(expected, 8).SelectMany(row => row)], dw, "dw");
    }

    [Fact]
    public static void BackwardWeights_InfinityInACornerOfASparseInput_ReachesWhatItTouches()
    {
        var shape = new ConvolutionShape(16, 64, 14, 14, 64, 3, 3, padding: 1);
        var finite = new ConvolutionCase(shape, 0.1, 1, 1, 1).Integers();
        var one = new NonFiniteCase(finite, Operand.Input, 0, float.PositiveInfinity);
        foreach (var schedule in (KernelSchedule[])[KernelSchedule.Automatic, KernelSchedule.Reproducible])
        {
            using var plan = new ConvolutionPlan(shape, new ConvolutionOptions { Schedule = schedule });
            var dw = PlanRun.BackwardWeights(plan, one.Data, TensorForm.ChannelBlocked, withBias: false).Dw;
            one.Check(ConvolutionPass.BackwardWeights, dw, schedule.ToString());
            Assert.Equal(64 * 4, dw.Count(value => !float.IsFinite(value)));
        }
    }
}
