using SparseKernels.Distributed.Launching;
using Xunit;

namespace SparseKernels.Distributed.Tests.Launching;

public class ProcessorPlacesTests
{
    [Fact]
    public void Share_TwoThreadsACoreAndTwoCaches_WholeCoresOfOneCache()
    {
        // 8 processors: i and i + 4 are the threads of core i; cores 0 and 1 share a cache.
        int[] all = [.. Enumerable.Range(0, 8)];
        Assert.Equal([0, 4, 1, 5], ProcessorPlaces.Share(all, Place, 0, 2));
        Assert.Equal([2, 6, 3, 7], ProcessorPlaces.Share(all, Place, 1, 2));
        Assert.Equal([1, 5], ProcessorPlaces.Share(all, Place, 1, 4));
        Assert.Equal(all, Enumerable.Range(0, 3).SelectMany(rank => ProcessorPlaces.Share(all, Place, rank, 3)).Order());
        Assert.Equal([1], ProcessorPlaces.Share([0, 1], _ => default, 3, 5));

        static (int, int, int) Place(int processor) => (0, processor % 4 / 2, processor % 4);
    }

    [Fact]
    public void Parse_KernelsLists_EveryProcessor() => Assert.Equal([0, 1, 2, 3, 8, 10, 11], ProcessorAffinity.Parse(" 0-3,8,10-11\n"));

    [Fact]
    public void Own_OnLinux_AsManyAsTheRuntimeCounts()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only Linux tells.");
        Assert.True(ProcessorAffinity.Own().Length >= Environment.ProcessorCount);
        Assert.NotEmpty(ProcessorAffinity.OfParent());
    }

    [Fact]
    public void OfBound_FewerThanItsShare_Advises()
    {
        Assert.Contains("each of 2 ranks to 1 of 64 processors; with --bind-to none", RankPlacement.OfBound([3], 64, 2, threads: 1).Advice, StringComparison.Ordinal);
        Assert.Null(RankPlacement.OfBound([3], 2, 2, threads: 1).Advice);
    }
}
