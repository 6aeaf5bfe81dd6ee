using SparseKernels.Bench.Sparsity;
using Xunit;

namespace SparseKernels.Bench.Tests.Sparsity;

public sealed class WorkLeftTests
{
    private static readonly ConvolutionShape s_shape = new(
        2, 6, 5, 4, 4, 3, 2, new Size2D(2, 1), new Padding2D(1, 1, 1, 0), new Size2D(1, 2), groups: 2);

    public static TheoryData<Operand, Operand> Pairs
    {
        get
        {
            var pairs = new TheoryData<Operand, Operand>();
            foreach (var cell in SparseCell.Of(ConvolutionPass.Forward)) pairs.Add(cell.Pair.Fine, cell.Pair.Coarse);
            return pairs;
        }
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public void Share_RandomZeros_IsThatOfAPlainCount(Operand fine, Operand coarse)
    {
        var pair = new OperandPair(fine, coarse);
        var random = new RandomPatterns(s_shape, new SparseCell(ConvolutionPass.Forward, pair), new WeightGroup(2, false));
        var source = new Random(7);
        var patterns = OperandPatterns.Full.With(fine, random.DrawFine(fine, 0.4, source)).With(
            coarse, random.DrawFine(coarse, 0.6, source));

        Assert.Equal(PlainShare(pair, patterns), WorkLeft.Share(s_shape, pair, patterns), 12);
        Assert.InRange(WorkLeft.Share(s_shape, pair, patterns), 0.1, 0.4);
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public void Share_NoZerosOrNothingElse_IsOneOrZero(Operand fine, Operand coarse)
    {
        var pair = new OperandPair(fine, coarse);

        Assert.Equal(1, WorkLeft.Share(s_shape, pair, OperandPatterns.Full));
        Assert.Equal(0, WorkLeft.Share(s_shape, pair, new(new bool[s_shape.InputLength], new bool[s_shape.WeightLength], new bool[s_shape.OutputLength])));
    }

    private static double PlainShare(OperandPair pair, OperandPatterns patterns)
    {
        var x = s_shape;
        long all = 0, left = 0;
        for (var n = 0; n < x.N; n++)
            for (var k = 0; k < x.K; k++)
                for (var p = 0; p < x.P; p++)
                    for (var q = 0; q < x.Q; q++)
                        for (var c = 0; c < x.GroupC; c++)
                            for (var r = 0; r < x.R; r++)
                                for (var s = 0; s < x.S; s++)
                                {
                                    var (h, w) = (p * 2 - 1 + r, q - 1 + s * 2);
                                    if (h < 0 || h >= x.H || w < 0 || w >= x.W) continue;
                                    all++;
                                    var channel = k / x.GroupK * x.GroupC + c;
                                    var live = (!pair.Contains(Operand.Input) || patterns.Input![((n * x.C + channel) * x.H + h) * x.W + w])
                                        && (!pair.Contains(Operand.Weight) || patterns.Weight![((k * x.GroupC + c) * x.R + r) * x.S + s])
                                        && (!pair.Contains(Operand.Output) || patterns.Output![((n * x.K + k) * x.P + p) * x.Q + q]);
                                    if (live) left++;
                                }

        return (double)left / all;
    }
}
