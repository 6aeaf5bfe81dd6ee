using SparseKernels.Bench.Sparsity;
using Xunit;

namespace SparseKernels.Bench.Tests.Sparsity;

public sealed class PartitionSimulationTests
{
    /// <summary>Half of the items hold nine tenths of the work.</summary>
    private static readonly long[] s_uneven = [.. Enumerable.Repeat(9L, 64), .. Enumerable.Repeat(1L, 64)];

    [Fact]
    public void Alone_EqualItems_AreEvenWhereTheyDivide()
    {
        var work = Enumerable.Repeat(5L, 12).ToArray();
        foreach (var byWork in (bool[])[false, true])
        {
            Assert.Equal(1, PartitionSimulation.Alone(work, 4, byWork), 1e-12);
            Assert.Equal(2 * 8 / 12.0, PartitionSimulation.Alone(work, 8, byWork), 1e-12);
        }
    }

    [Fact]
    public void Alone_UnevenItems_AreEvenByWorkAndNotByCount()
    {
        Assert.Equal(64 * 9 / 320.0, PartitionSimulation.Alone(s_uneven, 2, byWork: false), 1e-12);
        Assert.Equal(36 * 9 / 320.0, PartitionSimulation.Alone(s_uneven, 2, byWork: true), 1e-12);
    }

    [Fact]
    public void Clusters_UnevenItems_HelpMakesUpForTheCut()
    {
        Assert.Equal(64 * 9 / 320.0, PartitionSimulation.Clusters(s_uneven, 2, 4, byWork: false, helps: false), 1e-12);
        Assert.InRange(PartitionSimulation.Clusters(s_uneven, 2, 4, byWork: true, helps: false), 1, 1.03 * 36 * 9 / 320.0);
        Assert.InRange(PartitionSimulation.Clusters(s_uneven, 2, 4, byWork: false, helps: true), 1, 1.1);
    }

    [Fact]
    public void Clusters_OneLongItem_BoundsThemAll()
    {
        long[] work = [1, 1, 1, 97];
        Assert.Equal(97 * 4 / 100.0, PartitionSimulation.Clusters(work, 2, 2, byWork: true, helps: true), 1e-12);
    }

    [Fact]
    public void Clusters_NoWork_IsEven() => Assert.Equal(1, PartitionSimulation.Clusters([0, 0, 0], 2, 2, byWork: true, helps: false));

    [Fact]
    public void Clusters_AnyWork_IsNeverUnderOneNorOverTheCores()
    {
        var random = new Random(5);
        for (var i = 0; i < 200; i++)
        {
            var work = Enumerable.Range(0, random.Next(1, 200)).Select(_ => random.NextInt64(0, 50)).Append(1).ToArray();
            var (clusters, cores) = (random.Next(1, 17), random.Next(1, 9));
            foreach (var byWork in (bool[])[false, true])
            {
                foreach (var helps in (bool[])[false, true]) Assert.InRange(
                    PartitionSimulation.Clusters(work, clusters, cores, byWork, helps), 1 - 1e-12, clusters * cores + 1e-9);
            }
        }
    }

    [Fact]
    public void Clusters_BadArguments_Throw()
    {
        Assert.Equal("work", Assert.Throws<ArgumentException>(() => PartitionSimulation.Alone([], 2, byWork: true)).ParamName);
        Assert.Equal(
            "work", Assert.Throws<ArgumentOutOfRangeException>(() => PartitionSimulation.Alone([1, -1], 2, byWork: true)).ParamName);
        Assert.Equal("clusters", Assert.Throws<ArgumentOutOfRangeException>(() => PartitionSimulation.Clusters([1], 0, 2, byWork: true, helps: false)).ParamName);
        Assert.Equal("coresPerCluster", Assert.Throws<ArgumentOutOfRangeException>(() => PartitionSimulation.Clusters([1], 2, 0, byWork: true, helps: false)).ParamName);
    }
}
