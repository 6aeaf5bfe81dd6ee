using SparseKernels.Isa;
using SparseKernels.Scheduling.Calibrating;
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
}
