using SparseKernels.TestSupport;
using SparseKernels.Threading;
using Xunit;

namespace SparseKernels.Tests.Threading;

public sealed class CgroupLimitTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Theory]
    [InlineData("50000 100000", 0.5)]
    [InlineData("150000 100000\n", 1.5)]
    [InlineData("2500 1000", 2.5)]
    [InlineData("max 100000", null)]
    [InlineData("0 100000", null)]
    [InlineData("50000 0", null)]
    [InlineData("50000", null)]
    [InlineData("", null)]
    [InlineData("a b", null)]
    public void Read_Version2_IsQuotaOverPeriod(string max, double? expected)
    {
        Write("a/cpu.max", max);
        Assert.Equal(expected, Read("0::/a\n"));
    }

    [Theory]
    [InlineData("-1", "100000", null)]
    [InlineData("50000", "100000", 0.5)]
    [InlineData("150000\n", "100000\n", 1.5)]
    public void Read_Version1_IsQuotaOverPeriod(string quota, string period, double? expected)
    {
        Write("cpu/a/b/cpu.cfs_quota_us", quota);
        Write("cpu/a/b/cpu.cfs_period_us", period);
        Assert.Equal(expected, Read("5:memory:/m\n4:cpu,cpuacct:/a/b\n3:cpuset:/s\n"));
    }

    [Fact]
    public void Read_ControllersMountedTogether_FindsThem()
    {
        Write("cpu,cpuacct/a/cpu.cfs_quota_us", "30000");
        Write("cpu,cpuacct/a/cpu.cfs_period_us", "10000");
        Assert.Equal(3, Read("4:cpu,cpuacct:/a\n"));
    }

    [Fact]
    public void Read_OtherControllers_DoNotCount()
    {
        Write("cpuset/a/cpu.cfs_quota_us", "30000");
        Write("cpuset/a/cpu.cfs_period_us", "10000");
        Assert.Null(Read("4:cpuset:/a\n"));
    }

    [Theory]
    [InlineData("150000 100000", "50000 100000", 0.5)]
    [InlineData("50000 100000", "150000 100000", 0.5)]
    [InlineData("max 100000", "150000 100000", 1.5)]
    public void Read_GroupsAbove_GiveTheTightest(string own, string above, double expected)
    {
        Write("a/b/cpu.max", own);
        Write("a/cpu.max", above);
        Assert.Equal(expected, Read("0::/a/b\n"));
    }

    [Theory]
    [InlineData("0::/outside/of/the/container\n")]
    [InlineData("0::/../../x\n")]
    [InlineData("0::/\n")]
    public void Read_OwnGroupIsTheRootOfTheMount_FindsIt(string membership)
    {
        Write("cpu.max", "70000 100000");
        Assert.Equal(0.7, Read(membership));
    }

    [Fact]
    public void Read_BothVersionsMounted_GiveTheTighter()
    {
        Write("unified/a/cpu.max", "200000 100000");
        Write("cpu/b/cpu.cfs_quota_us", "120000");
        Write("cpu/b/cpu.cfs_period_us", "100000");
        Assert.Equal(1.2, Read("4:cpu:/b\n0::/a\n"));
        Assert.Equal(2, Read("0::/a\n"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("nonsense\n::\n")]
    public void Read_NothingThatLimits_IsNull(string memberships) => Assert.Null(Read(memberships));

    [Fact]
    public void Read_NoSuchFile_IsNull() => Assert.Null(CgroupLimit.Read(_folder.File("none"), _folder.Path));

    public void Dispose() => _folder.Dispose();

    private double? Read(string memberships)
    {
        File.WriteAllText(_folder.File("memberships"), memberships);
        return CgroupLimit.Read(_folder.File("memberships"), _folder.Path);
    }

    private void Write(string name, string text)
    {
        var path = _folder.File(name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
    }
}
