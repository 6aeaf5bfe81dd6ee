using SparseKernels.Isa;
using SparseKernels.Passes.Frame;
using SparseKernels.Scheduling.Calibrating;
using SparseKernels.Tensors;
using Xunit;

namespace SparseKernels.Tests.Scheduling.Calibrating;

public sealed class ProbeOperandsTests
{
    [Fact]
    public void WorkOf_ChannelsThatFillNoBlockAndNoZeros_IsFull()
    {
        using var operands = new ProbeOperands(
            new ConvolutionShape(2, 20, 3, 3, 21, 1, 1), new ProbeZeros(1, 1, 1, 1, 1, 1), InstructionSet.Current);
        foreach (var candidate in CalibrationProbes.Candidates)
        {
            var work = operands.WorkOf(new(candidate));
            Assert.All([work.Input, work.Weight, work.Output], density => Assert.Equal(OperandDensity.Full, density));
        }
    }

    [Fact]
    public void Run_CallAfterCall_TakesTheNextActivations()
    {
        using var operands = new ProbeOperands(new ConvolutionShape(2, 16, 6, 6, 16, 3, 3, padding: 1), ProbeZeros.All[0], InstructionSet.Current);
        var call = new ProbeCall(new Candidate(ConvolutionPass.Forward, null, BlockedLayout.ChannelBlocked));
        Assert.True(operands.Activations.Count > 1);
        for (var calls = 0; calls <= operands.Activations.Count; calls++)
        {
            var written = operands.Activations.Select(one => one.In(BlockedLayout.ChannelBlocked).Y.AsSpan().ContainsAnyExcept(0f)).ToArray();
            Assert.Equal(operands.Activations.Select((_, i) => i < calls), written);
            operands.Run(call);
        }
    }

    [Fact]
    public void Activations_OfOneProbe_HaveOtherZeros()
    {
        using var operands = new ProbeOperands(new ConvolutionShape(2, 16, 6, 6, 16, 3, 3, padding: 1), ProbeZeros.All[0], InstructionSet.Current);
        var (first, second) = (operands.Activations[0], operands.Activations[1]);
        Assert.NotEqual(Pattern(first.In(BlockedLayout.ChannelBlocked).X), Pattern(second.In(BlockedLayout.ChannelBlocked).X));
        Assert.NotEqual(Pattern(first.In(BlockedLayout.ChannelBlocked).Dy), Pattern(second.In(BlockedLayout.ChannelBlocked).Dy));
        Assert.NotEqual(first.InputMask.Words.ToArray(), second.InputMask.Words.ToArray());
        Assert.NotEqual(first.OutputMask.Words.ToArray(), second.OutputMask.Words.ToArray());
    }

    private static bool[] Pattern(BlockedTensor tensor)
    {
        var pattern = new bool[tensor.Length];
        for (var i = 0; i < pattern.Length; i++) pattern[i] = tensor.AsSpan()[i] != 0;
        return pattern;
    }
}
