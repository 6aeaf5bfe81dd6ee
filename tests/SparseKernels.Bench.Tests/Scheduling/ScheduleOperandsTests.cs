using SparseKernels.Bench.Layers;
using SparseKernels.Bench.Measuring;
using SparseKernels.Bench.Scheduling;
using SparseKernels.Bench.Sparsity;
using Xunit;

namespace SparseKernels.Bench.Tests.Scheduling;

public sealed class ScheduleOperandsTests
{
    private static readonly ConvolutionShape s_shape = new(2, 20, 5, 4, 24, 3, 3, padding: 1);

    [Fact]
    public void New_BackwardDataFromLayers_SaysCountedDensitiesAndLeavesDxToTheLayers()
    {
        var dx = Enumerable.Range(0, s_shape.InputLength).Select(i => i % 20 < 5).ToArray();
        var dy = Enumerable.Range(0, s_shape.OutputLength).Select(i => i / 20 % 24 != 3).ToArray();
        using var operands = new ScheduleOperands(
            new ConvolutionData(s_shape), new ScheduleCase(ConvolutionPass.BackwardData, "test", new OperandPatterns(dx, null, dy), FromLayers: true));

        Assert.False(operands.Sparse.ClearsResult);
        Assert.Equal(new OperandDensity(0.25, 0.25), operands.Sparse.InputDensity);
        Assert.Equal(23 / 24.0, operands.Sparse.OutputDensity!.Value.Fine, 9);
        Assert.Equal(23 / 24.0, operands.Sparse.OutputDensity!.Value.Coarse, 9);
        Assert.Equal(dx.Count(bit => bit), operands.Sparse.Input!.Count);
        Assert.Null(operands.Sparse.Output);

        // A mask is of what is wanted: nothing read becomes zero by it.
        Assert.DoesNotContain(0f, operands.Data.X);
        Assert.Equal(dy, operands.Data.Dy.Select(value => value != 0));
    }

    [Fact]
    public void New_SyntheticCase_LeavesDensitiesToThePlan()
    {
        var one = SyntheticCases.Draw(s_shape, ConvolutionPass.BackwardWeights, [new(Operand.Input, 50), new(Operand.Weight, 80)]);
        using var operands = new ScheduleOperands(new ConvolutionData(s_shape), one);

        Assert.True(operands.Sparse.ClearsResult);
        Assert.Null(operands.Sparse.InputDensity);
        Assert.Null(operands.Sparse.OutputDensity);
        Assert.Equal(one.Patterns.Weight!.Count(bit => bit), operands.Sparse.Weight!.Count);
        Assert.Equal(one.Patterns.Input, operands.Data.X.Select(value => value != 0));
    }

    [Fact]
    public void CapturedCases_LayerWithoutReluBelow_GivesNoMask()
    {
        var (x, dy) = (new bool[s_shape.InputLength], new bool[s_shape.OutputLength]);
        x.AsSpan(0, 10).Fill(true);
        dy.AsSpan().Fill(true);
        var all = new bool[s_shape.InputLength];
        all.AsSpan().Fill(true);

        var open = CapturedCases.Of(new CapturedLayer("a", s_shape, x, dy, all), ConvolutionPass.BackwardData);
        var gated = CapturedCases.Of(new CapturedLayer("a", s_shape, x, dy, x), ConvolutionPass.BackwardData);

        Assert.Equal(["captured", "captured+w90%"], open.Select(one => one.Pattern));
        Assert.All(open, one => Assert.False(one.HasMask));
        Assert.All(gated, one => Assert.True(one.HasMask && one.FromLayers));
        Assert.Null(gated[0].Patterns.Weight);
        Assert.Equal(0.1, gated[1].Patterns.DensityOf(Operand.Weight), 0.02);
    }
}
