using SparseKernels.Isa;
using SparseKernels.Sparsity;
using SparseKernels.Tensors;
using SparseKernels.Tests.Support;
using SparseKernels.TestSupport;
using SparseKernels.Threading;
using Xunit;

namespace SparseKernels.Tests;

/// <summary>The sums that Forward leaves of what it writes.</summary>
public static class ConvolutionPlanMomentsTests
{
    private static readonly OperandPair?[] s_pairs = [null, new(Operand.Weight, Operand.Input)];

    public static TheoryData<ConvolutionShape> Shapes { get; } =
    [
        new ConvolutionShape(2, 5, 6, 7, 9, 3, 3, padding: 1),

        // Two blocks of images, the last not full, and rows that adjoin.
        new ConvolutionShape(17, 20, 5, 4, 18, 1, 1),

        // Several parts of rows, of which the last is shorter, and a stride.
        new ConvolutionShape(33, 6, 27, 19, 7, 3, 2, stride: new(1, 2), padding: 1),
        new ConvolutionShape(3, 19, 9, 8, 19, 3, 3, stride: 2, padding: 1, groups: 19),
        new ConvolutionShape(2, 24, 9, 7, 24, 3, 3, padding: 2, dilation: 2, groups: 12),

        // Rows longer than a part asks for, more input channels than a chunk or block has, and taps that read nothing.
        new ConvolutionShape(1, 40, 1, 41, 4, 3, 3, padding: 1),
    ];

    [Theory]
    [MemberData(nameof(Shapes))]
    public static void Forward_BatchBlocked_LeavesTheSumsOfEachChannel(ConvolutionShape shape)
    {
        // Whole numbers: every order of adding gives the same sums.
        var data = new ConvolutionCase(shape, 0.7, 0.3, 0.7, 3).Integers();
        var pivots = Enumerable.Range(0, shape.K).Select(k => (k % 5) - 2f).ToArray();
        foreach (var isa in Plans.Kinds(shape))
        {
            foreach (var threads in (int[])[1, 3])
            {
                using var plan = Plans.Make(shape, isa, ComputeTopology.FromThreads(threads));
                foreach (var pair in s_pairs)
                {
                    foreach (var withBias in (bool[])[false, true])
                    {
                        using var moments = new ChannelMoments(shape.N, shape.K, shape.P, shape.Q, pivots);
                        Run(plan, data, BlockedLayout.BatchBlocked, withBias, new SparseOperands(pair), moments);
                        Assert.True(moments.AreTaken);
                        Expect.Equal(Expected(data, withBias, pivots), Totals(moments, shape.K), $"{isa}, {threads} threads, {pair}, bias {withBias}");
                    }
                }
            }
        }
    }

    [Fact]
    public static void Forward_AnyThreads_LeavesTheSameBits()
    {
        var shape = new ConvolutionShape(40, 12, 21, 13, 10, 3, 3, padding: 1);
        var data = new ConvolutionCase(shape, 0.7, 0.3, 0.7, 3).Floats();
        foreach (var pair in s_pairs)
        {
            float[]? first = null;
            foreach (var threads in (int[])[1, 2, 5, 16])
            {
                using var plan = Plans.Make(shape, InstructionSet.Current, ComputeTopology.FromThreads(threads));
                using var moments = new ChannelMoments(shape.N, shape.K, shape.P, shape.Q, new float[shape.K]);
                Run(plan, data, BlockedLayout.BatchBlocked, withBias: false, new SparseOperands(pair), moments);
                var totals = Totals(moments, shape.K);
                first ??= totals;
                Assert.Equal(first, totals);
            }
        }
    }

    [Fact]
    public static void Forward_PivotsThatChange_AreThoseOfTheCall()
    {
        var shape = new ConvolutionShape(2, 5, 6, 7, 9, 3, 3, padding: 1);
        var data = new ConvolutionCase(shape, 0.7, 0.3, 0.7, 3).Integers();
        var pivots = new float[shape.K];
        using var plan = Plans.Make(shape, InstructionSet.Current);
        using var moments = new ChannelMoments(shape.N, shape.K, shape.P, shape.Q, pivots);
        Run(plan, data, BlockedLayout.BatchBlocked, withBias: true, new SparseOperands(), moments);
        Array.Fill(pivots, 3);
        Run(plan, data, BlockedLayout.BatchBlocked, withBias: true, new SparseOperands(), moments);
        Expect.Equal(Expected(data, withBias: true, pivots), Totals(moments, shape.K), "pivots of 3");
    }

    [Fact]
    public static void Forward_WhereTheSumsWouldNotBeTheResults_SaysSo()
    {
        var shape = new ConvolutionShape(2, 5, 6, 7, 9, 3, 3, padding: 1);
        var data = new ConvolutionCase(shape, 0.7, 0.3, 0.7, 3).Integers();
        using var plan = Plans.Make(shape, InstructionSet.Current);
        using var moments = new ChannelMoments(shape.N, shape.K, shape.P, shape.Q, new float[shape.K]);
        foreach (var layout in Enum.GetValues<BlockedLayout>())
        {
            moments.AreTaken = true;
            Run(plan, data, layout, withBias: true, new SparseOperands(), moments);
            Assert.Equal(layout == BlockedLayout.BatchBlocked, moments.AreTaken);
        }

        // Elements outside a mask are cleared behind the pass.
        var wanted = new FineMask(shape.N, shape.K, shape.P, shape.Q);
        moments.AreTaken = true;
        Run(plan, data, BlockedLayout.BatchBlocked, withBias: true, new SparseOperands(new OperandPair(Operand.Weight, Operand.Output)) { Output = wanted }, moments);
        Assert.False(moments.AreTaken);

        // Results of an infinite weight that meets padding are summed again.
        moments.AreTaken = true;
        data.W[0] = float.PositiveInfinity;
        Run(plan, data, BlockedLayout.BatchBlocked, withBias: true, new SparseOperands(), moments);
        Assert.False(moments.AreTaken);
    }

    private static void Run(ConvolutionPlan plan, ConvolutionData data, BlockedLayout layout, bool withBias, SparseOperands sparse, ChannelMoments moments)
    {
        using var x = plan.CreateInput(layout);
        using var w = plan.CreatePackedWeights();
        using var y = plan.CreateOutput(layout);
        x.CopyFromNchw(data.X);
        w.Update(data.W);
        plan.Forward(x, w, withBias ? data.Bias : [], y, sparse, moments);
    }

    private static float[] Expected(ConvolutionData data, bool withBias, float[] pivots)
    {
        var (shape, y) = (data.Shape, data.ReferenceForward(withBias));
        var sums = new double[2 * shape.K];
        for (var i = 0; i < y.Length; i++)
        {
            var k = i / (shape.P * shape.Q) % shape.K;
            sums[k] += y[i] - pivots[k];
            sums[shape.K + k] += (y[i] - pivots[k]) * (y[i] - pivots[k]);
        }

        return Array.ConvertAll(sums, sum => (float)sum);
    }

    private static float[] Totals(ChannelMoments moments, int channels) =>
        [.. Enumerable.Range(0, channels).Select(c => (float)moments.Total(c).Sum), .. Enumerable.Range(0, channels).Select(c => (float)moments.Total(c).Squares)];
}
