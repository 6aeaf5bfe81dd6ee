using SparseKernels.Distributed.Sums;
using SparseKernels.Distributed.Tests.Support;
using SparseKernels.TestSupport;
using Xunit;

namespace SparseKernels.Distributed.Tests;

public class MpiCommunicatorTests
{
    [Theory, MemberData(nameof(MpiRun.Libraries), MemberType = typeof(MpiRun))]
    public void Calls_OnThreeRanks_GiveWhatTheySay(string library) => OnThreeRanks(library, nameof(Child_OnThreeRanks));

    [Theory, MemberData(nameof(MpiRun.Libraries), MemberType = typeof(MpiRun))]
    public void Sum_OfManyOnSeveralMachines_GoesByMessages(string library) => OnThreeRanks(
        library, nameof(Child_OnSeveralMachines), "env", "OMPI_COMM_WORLD_LOCAL_SIZE=2", "MPI_LOCALNRANKS=2");

    [Fact(Explicit = true)]
    public void Child_OnSeveralMachines()
    {
        // As the launcher says it: this one's ranks share a machine after all, but nobody may think so.
        using var ranks = MpiCommunicator.Join();
        var values = Enumerable.Repeat(1f + ranks.Rank, 5000).ToArray();
        ranks.Sum(values);
        Assert.All(values, value => Assert.Equal(6, value));
        Assert.False(ranks.SharesMemory);
    }

    [Fact(Explicit = true)]
    public void Child_OnThreeRanks()
    {
        using var ranks = MpiCommunicator.Join();
        Assert.Same(ranks, MpiCommunicator.Join());
        Assert.Equal(3, ranks.Size);
        Assert.Contains("MPI", ranks.Library, StringComparison.Ordinal);

        // Few, many, several blocks; lengths that don't divide. In another order these sums would round otherwise.
        var messages = new MessageSum(ranks.World);
        using var shared = SharedMemorySum.TryCreate(ranks.World, isTogether: true)!;
        foreach (var length in (int[])[1, 2, 5, 1024, 1025, 40_000, 600_001])
        {
            var (a, b, c) = (Values(0, length), Values(1, length), Values(2, length));
            foreach (var sum in (Action<float[]>[])[values => ranks.Sum(values), values => messages.Sum(values), values => shared.Sum(values)])
            {
                var values = Values(ranks.Rank, length);
                sum(values);
                for (var i = 0; i < length; i++) Assert.Equal(a[i] + b[i] + c[i], values[i]);
                Assert.Contains(Enumerable.Range(0, length), i => length < 1024 || a[i] + (b[i] + c[i]) != values[i]);
            }
        }

        // One machine, and its memory without a name left; where one rank is elsewhere all send messages.
        Assert.True(ranks.SharesMemory);
        Assert.Null(SharedMemorySum.TryCreate(ranks.World, isTogether: ranks.Rank != 2));
        Assert.Null(SharedMemorySum.TryCreate(ranks.World, isTogether: ranks.Rank != 0));
        ranks.Barrier();
        Assert.All(
            File.ReadLines("/proc/self/maps").Where(line => line.Contains("/sparsekernels-", StringComparison.Ordinal)),
            line => Assert.EndsWith(" (deleted)", line, StringComparison.Ordinal));

        // What another user could have opened before the name was gone is as secret as what is in it.
        var files = Directory.EnumerateFiles("/proc/self/fd")
            .Where(file => TargetOf(file).StartsWith("/dev/shm/sparsekernels-", StringComparison.Ordinal)).ToArray();
        Assert.NotEmpty(files);
        foreach (var file in files)
        {
            using var memory = File.OpenHandle(file);
            if (!OperatingSystem.IsWindows()) Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(memory));
        }

        long[] numbers = [ranks.Rank + 1, long.MaxValue - 1 - ranks.Rank, -ranks.Rank];
        ranks.Max(numbers);
        Assert.Equal([3, long.MaxValue - 1, 0], numbers);
        numbers = [ranks.Rank + 1, 1L << (40 + ranks.Rank)];
        ranks.Sum(numbers);
        Assert.Equal([6, 7L << 40], numbers);
        byte[] bytes = [(byte)ranks.Rank, 7];
        ranks.Broadcast(bytes, 2);
        Assert.Equal([2, 7], bytes);
        Assert.Throws<ArgumentOutOfRangeException>(() => ranks.Broadcast(bytes, 3));
        ranks.Barrier();
    }

    /// <summary>Runs an explicit test of this class on three ranks.</summary>
    private static void OnThreeRanks(string library, string method, params string[] before)
    {
        using var folder = new TemporaryFolder();
        var program = Path.Combine(AppContext.BaseDirectory, "SparseKernels.Distributed.Tests");
        using var run = MpiRun.Start(
            library, 3, folder.Path, [.. before, program, "-explicit", "only", "-method", $"{typeof(MpiCommunicatorTests).FullName}.{method}"]);
        Assert.True(run.Wait() == 0, run.Output);
        Assert.Equal(3, run.Output.Split("Total: 1, Errors: 0, Failed: 0").Length - 1);
    }

    /// <summary>What an open file is; nothing if it has been closed meanwhile.</summary>
    private static string TargetOf(string file)
    {
        try
        {
            return File.ResolveLinkTarget(file, returnFinalTarget: false)?.FullName ?? "";
        }
        catch (IOException)
        {
            return "";
        }
    }

    private static float[] Values(int rank, int length)
    {
        var random = new Random(rank + 1);
        return [.. Enumerable.Range(0, length).Select(_ => (random.NextSingle() - 0.5f) * MathF.Pow(10, random.Next(6)))];
    }
}
