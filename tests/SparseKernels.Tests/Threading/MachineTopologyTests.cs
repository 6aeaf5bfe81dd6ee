using SparseKernels.Threading;
using Xunit;

namespace SparseKernels.Tests.Threading;

public sealed class MachineTopologyTests
{
    [Fact]
    public void Caches_ThisMachine_AreOrderedAndPlausible()
    {
        Assert.InRange(MachineTopology.L1Bytes, 8 * 1024, 1024 * 1024);
        Assert.InRange(MachineTopology.L2Bytes, MachineTopology.L1Bytes, 256 * 1024 * 1024);
        Assert.True(MachineTopology.L3Bytes >= MachineTopology.L1Bytes);
    }

    [Fact]
    public void Detect_ThisMachine_UsesEachProcessorOnce() =>
        Assert.Equal(Math.Clamp(Environment.ProcessorCount, 1, 1024), MachineTopology.Detect().Threads);
}
