using SparseKernels.Threading;
using Xunit;

namespace SparseKernels.Tests.Threading;

public sealed class ComputeTopologyTests
{
    [Fact]
    public void Default_ThisMachine_HasAWorkerForEachProcessorItMayUse()
    {
        Assert.Equal(Math.Min(Math.Ceiling(MachineTopology.Processors), 1024), ComputeTopology.Default.Threads);
        Assert.True(ComputeTopology.Default.Clusters >= 1);
    }

    [Fact]
    public void Threads_AnyTopology_AreClustersTimesCores() => Assert.Equal(12, new ComputeTopology(3, 4).Threads);

    [Theory]
    [InlineData(0, 1, "clusters")]
    [InlineData(-1, 1, "clusters")]
    [InlineData(1, 0, "coresPerCluster")]
    [InlineData(1025, 1, "coresPerCluster")]
    [InlineData(int.MaxValue, int.MaxValue, "coresPerCluster")]
    public void Construction_CountOutOfRange_NamesTheArgument(int clusters, int cores, string argument) =>
        Assert.Equal(argument, Assert.Throws<ArgumentOutOfRangeException>(() => new ComputeTopology(clusters, cores)).ParamName);

    [Fact]
    public void FromThreads_EveryCount_HasSoManyThreads()
    {
        for (var threads = 1; threads <= 1024; threads++) Assert.Equal(threads, ComputeTopology.FromThreads(threads).Threads);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-3)]
    [InlineData(1025)]
    public void FromThreads_OutOfRange_NamesTheArgument(int threads) =>
        Assert.Equal("threads", Assert.Throws<ArgumentOutOfRangeException>(() => ComputeTopology.FromThreads(threads)).ParamName);
}
