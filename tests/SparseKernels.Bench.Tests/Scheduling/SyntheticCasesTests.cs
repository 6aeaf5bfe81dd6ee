using SparseKernels.Bench.Scheduling;
using Xunit;

namespace SparseKernels.Bench.Tests.Scheduling;

public sealed class SyntheticCasesTests
{
    private static readonly ConvolutionShape s_shape = new(4, 40, 9, 7, 48, 3, 3, padding: 1);

    public static TheoryData<ConvolutionPass> Passes => [.. Enum.GetValues<ConvolutionPass>()];

    [Theory]
    [MemberData(nameof(Passes))]
    public void Draw_EveryPattern_HasTheZerosThatItsNameSays(ConvolutionPass pass)
    {
        var names = new HashSet<string>();
        foreach (var zeros in SyntheticCases.Of(pass, choice: null))
        {
            var drawn = SyntheticCases.Draw(s_shape, pass, zeros);

            Assert.True(names.Add(drawn.Pattern), $"{drawn.Pattern} is there twice.");
            Assert.False(drawn.FromLayers);
            foreach (var operand in Enum.GetValues<Operand>())
            {
                var percent = zeros.FirstOrDefault(one => one.Operand == operand).Percent;
                Assert.Equal(1 - (percent / 100.0), drawn.Patterns.DensityOf(operand), 0.03);
            }

            Assert.Equal(zeros.Any(one => one.Operand == drawn.Result), drawn.HasMask);
        }

        Assert.Contains("no zeros", names);
    }

    [Theory]
    [InlineData(ConvolutionPass.Forward, "x50%-channels", Operand.Input)]
    [InlineData(ConvolutionPass.BackwardData, "dy50%-channels", Operand.Output)]
    [InlineData(ConvolutionPass.BackwardWeights, "x50%-channels", Operand.Input)]
    public void Draw_DeadChannels_AreWholeAndTheSameInEveryImage(ConvolutionPass pass, string name, Operand operand)
    {
        var zeros = SyntheticCases.Of(pass, name)[0];
        var live = SyntheticCases.Draw(s_shape, pass, zeros).Patterns.Of(operand)!;

        var (channels, pixels) = operand == Operand.Input ? (s_shape.C, s_shape.H * s_shape.W) : (s_shape.K, s_shape.P * s_shape.Q);
        for (var i = 0; i < live.Length; i++) Assert.Equal(live[i / pixels % channels * pixels], live[i]);
    }

    [Fact]
    public void Draw_DeadGroups_LieAlongTheChannelsOfThePassesVectors()
    {
        var forward = SyntheticCases.Draw(s_shape, ConvolutionPass.Forward, SyntheticCases.Of(ConvolutionPass.Forward, "w50%-groups")[0]).Patterns.Weight!;
        var backward = SyntheticCases.Draw(s_shape, ConvolutionPass.BackwardData, SyntheticCases.Of(ConvolutionPass.BackwardData, "w50%-groups")[0]).Patterns.Weight!;

        for (var i = 0; i < forward.Length; i++)
        {
            var (k, c, row) = (i / 9 / s_shape.C, i / 9 % s_shape.C, i % 9 / 3);
            Assert.Equal(forward[(((k / 16 * 16 * s_shape.C) + c) * 9) + (row * 3)], forward[i]);
            Assert.Equal(backward[(((k * s_shape.C) + (c / 16 * 16)) * 9) + (row * 3)], backward[i]);
        }
    }

    [Fact]
    public void Of_PartOfAName_KeepsThoseThatContainIt()
    {
        var names = SyntheticCases.Of(ConvolutionPass.BackwardWeights, "dw95%, dy90%").Select(
            zeros => SyntheticCases.NameOf(ConvolutionPass.BackwardWeights, zeros));

        Assert.Equal(["dy90%", "dw95%", "dw95%+x70%", "dw95%+x50%+dy50%"], names);
    }
}
