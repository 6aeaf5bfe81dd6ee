using SparseKernels.Bench.Endurance;
using Xunit;

namespace SparseKernels.Bench.Tests.Endurance;

public sealed class FootprintCheckTests
{
    private static readonly Footprint s_warm = new(100 << 20, 2 << 20, 4096, 12, 80);

    [Fact]
    public void Failures_NothingGrew_AreNone() => Assert.Empty(After(s_warm, s_warm, s_warm));

    [Fact]
    public void Failures_GrowthUpToTheSlack_AreNone()
    {
        var most = new Footprint(
            s_warm.Resident + FootprintCheck.ResidentSlack, s_warm.Heap + FootprintCheck.HeapSlack, s_warm.Native + FootprintCheck.NativeSlack,
            s_warm.Threads + FootprintCheck.ThreadSlack, s_warm.Handles + FootprintCheck.HandleSlack);
        Assert.Empty(After(most, most, most));
    }

    [Fact]
    public void Failures_EachFigureGrew_NameIt()
    {
        foreach (var (grown, name) in new[]
        {
            (s_warm with { Resident = s_warm.Resident + FootprintCheck.ResidentSlack + 1 }, "resident memory grew from 104,857,600 to 155,189,249"),
            (s_warm with { Heap = s_warm.Heap + FootprintCheck.HeapSlack + 1 }, "managed heap"),
            (s_warm with { Native = s_warm.Native + FootprintCheck.NativeSlack + 1 }, "native buffers grew from 4,096 to 4,097"),
            (s_warm with { Threads = s_warm.Threads + FootprintCheck.ThreadSlack + 1 }, "threads"),
            (s_warm with { Handles = s_warm.Handles + FootprintCheck.HandleSlack + 1 }, "handles"),
        })
        {
            Assert.StartsWith(name, Assert.Single(After(s_warm, grown, grown, grown)));
        }
    }

    [Fact]
    public void Failures_OneOddMoment_AreNone() =>
        Assert.Empty(After(s_warm, s_warm with { Native = 1 << 30 }, s_warm));

    [Fact]
    public void Failures_TooFewFootprints_SaySo() => Assert.Contains("fewer than three", Assert.Single(After(s_warm, s_warm)));

    [Fact]
    public void Now_ThisProcess_HoldsSomething()
    {
        var now = Footprint.Now();
        Assert.True(now is { Resident: > 0, Heap: > 0, Native: >= 0, Threads: > 0, Handles: > 0 }, $"{now}");
    }

    private static IEnumerable<string> After(params Footprint[] footprints)
    {
        var check = new FootprintCheck(s_warm);
        foreach (var footprint in footprints) check.Add(footprint);
        return check.Failures();
    }
}
