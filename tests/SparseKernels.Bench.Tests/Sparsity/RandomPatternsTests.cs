using SparseKernels.Bench.Measuring;
using SparseKernels.Bench.Sparsity;
using Xunit;

namespace SparseKernels.Bench.Tests.Sparsity;

public sealed class RandomPatternsTests
{
    private static readonly ConvolutionShape s_shape = new(3, 40, 6, 5, 48, 3, 3, padding: 1);

    [Theory]
    [InlineData(Operand.Input)]
    [InlineData(Operand.Weight)]
    [InlineData(Operand.Output)]
    public void DrawFine_HalfDensity_FallsOnAllElementsAlike(Operand operand)
    {
        var live = Patterns(ConvolutionPass.Forward, operand, operand == Operand.Weight ? Operand.Input : Operand.Weight).DrawFine(operand, 0.5, new Random(1))!;

        Assert.InRange(live.Count(bit => bit) / (double)live.Length, 0.47, 0.53);
        Assert.InRange(Enumerable.Range(1, live.Length - 1).Count(i => live[i] != live[i - 1]) / (double)live.Length, 0.47, 0.53);
    }

    [Theory]
    [InlineData(nameof(ConvolutionPass.Forward), Operand.Input, true)]
    [InlineData(nameof(ConvolutionPass.BackwardData), Operand.Output, false)]
    [InlineData(nameof(ConvolutionPass.BackwardWeights), Operand.Output, false)]
    [InlineData(nameof(ConvolutionPass.BackwardData), Operand.Input, true)]
    public void Draw_CoarseWeights_AreGroupsAlongTheLanes(string pass, Operand fine, bool alongK)
    {
        var live = Patterns(Enum.Parse<ConvolutionPass>(pass), fine, Operand.Weight).Draw(1, 0.5).Weight!;

        var groups = new Dictionary<(int, int), bool>();
        for (var i = 0; i < live.Length; i++)
        {
            var (k, c) = (i / 9 / s_shape.C, i / 9 % s_shape.C);
            var key = alongK ? (k / 16, c) : (c / 16, k);
            Assert.Equal(groups.TryAdd(key, live[i]) ? live[i] : groups[key], live[i]);
        }

        Assert.Equal(alongK ? 3 * 40 : 3 * 48, groups.Count);
        Assert.Equal(groups.Count / 2, groups.Count(group => group.Value));
    }

    [Fact]
    public void Draw_CoarseWeightsByRows_GivesEachFilterRowItsOwnGroup()
    {
        var live = new RandomPatterns(s_shape, Cell(ConvolutionPass.Forward, Operand.Input, Operand.Weight), new WeightGroup(16, WholeFilter: false)).Draw(1, 0.5).Weight!;

        var filters = Enumerable.Range(0, live.Length / 9).Select(filter => live.Skip(filter * 9).Take(9).ToArray()).ToArray();
        Assert.All(
            filters, filter => Assert.All([0, 3, 6], row => Assert.True(filter[row] == filter[row + 1] && filter[row] == filter[row + 2])));
        Assert.Contains(filters, filter => filter[0] != filter[3]);
    }

    [Theory]
    [InlineData(nameof(ConvolutionPass.Forward), Operand.Input, 30)]
    [InlineData(nameof(ConvolutionPass.BackwardData), Operand.Output, 30)]
    public void Draw_CoarseActivation_IsDeadChannelsOfTheWholeBatch(string pass, Operand coarse, int pixels)
    {
        var live = Patterns(Enum.Parse<ConvolutionPass>(pass), Operand.Weight, coarse).Draw(1, 0.7).Of(coarse)!;

        var channels = coarse == Operand.Input ? 40 : 48;
        var alive = Enumerable.Range(0, channels).Select(c => live[c * pixels]).ToArray();
        Assert.Equal((int)Math.Round(0.7 * channels), alive.Count(bit => bit));
        for (var i = 0; i < live.Length; i++) Assert.Equal(alive[i / pixels % channels], live[i]);
    }

    [Theory]
    [InlineData(Operand.Output, false)]
    [InlineData(Operand.Weight, true)]
    public void Draw_CoarseMask_IsRowsAlongTheLanes(Operand fine, bool lanesAreImages)
    {
        var live = Patterns(ConvolutionPass.BackwardData, fine, Operand.Input).Draw(1, 0.5).Input!;

        var rows = new Dictionary<(int, int, int), bool>();
        for (var i = 0; i < live.Length; i++)
        {
            var (n, c, h) = (i / 1200, i / 30 % 40, i / 5 % 6);
            var key = lanesAreImages ? (0, c, h) : (n, c / 16, h);
            Assert.Equal(rows.TryAdd(key, live[i]) ? live[i] : rows[key], live[i]);
        }

        Assert.Equal(rows.Count / 2, rows.Count(row => row.Value));
    }

    [Fact]
    public void WithZeros_Patterns_AreTheZerosOfTheOperands()
    {
        var patterns = Patterns(ConvolutionPass.BackwardWeights, Operand.Input, Operand.Output).Draw(0.3, 0.5);
        var data = new ConvolutionData(s_shape).WithZeros(patterns);

        Assert.Equal(patterns.Input!, data.X.Select(value => value != 0));
        Assert.Equal(patterns.Output!, data.Dy.Select(value => value != 0));
        Assert.DoesNotContain(0f, data.W);
    }

    private static RandomPatterns Patterns(ConvolutionPass pass, Operand fine, Operand coarse) =>
        new(s_shape, Cell(pass, fine, coarse), new WeightGroup(16, WholeFilter: true));

    private static SparseCell Cell(ConvolutionPass pass, Operand fine, Operand coarse) => new(pass, new OperandPair(fine, coarse));
}
