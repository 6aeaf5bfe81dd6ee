using SparseKernels.TestSupport;
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
    public void Processors_ThisMachine_AreNoMoreThanTheRuntimeCounts() =>
        Assert.InRange(MachineTopology.Processors, double.Epsilon, Environment.ProcessorCount);

    [Theory]
    [InlineData(64, false, null, 64)]
    [InlineData(64, false, 1.5, 1.5)]
    [InlineData(1, false, 0.5, 0.5)]
    [InlineData(2, false, 3.25, 2)]
    [InlineData(3, true, 1.5, 3)]
    public void Usable_CountAndLimit_IsTheSmallerUnlessTheUserSaid(int counted, bool told, double? limit, double expected) =>
        Assert.Equal(expected, MachineTopology.Usable(counted, told, limit));

    [Theory]
    [InlineData(0.01, 1)]
    [InlineData(0.5, 1)]
    [InlineData(1, 1)]
    [InlineData(1.5, 2)]
    [InlineData(3, 3)]
    [InlineData(7.2, 8)]
    [InlineData(5000, 1024)]
    public void Detect_PartOfAProcessor_CountsAsAWhole(double processors, int threads) =>
        Assert.Equal(threads, MachineTopology.Detect(processors).Threads);

    [Theory]
    [InlineData("1")]
    [InlineData("5")]
    public void Detect_ProcessWithACountOfItsOwn_HasSoManyThreads(string count)
    {
        var child = ChildProcess.RunExplicitTest(
            typeof(MachineTopologyTests), nameof(Child_Threads_ArePrinted), ("DOTNET_PROCESSOR_COUNT", count));
        Assert.Contains($"{count} threads by default", child.Output);
    }

    [Fact(Explicit = true)]
    public void Child_Threads_ArePrinted() => Console.WriteLine($"{ComputeTopology.Default.Threads} threads by default");
}
