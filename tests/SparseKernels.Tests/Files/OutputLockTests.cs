using SparseKernels.Files;
using SparseKernels.TestSupport;
using Xunit;

namespace SparseKernels.Tests.Files;

public class OutputLockTests
{
    [Fact]
    public void Take_Twice_SecondIsRefusedUntilTheFirstIsDisposed()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("a");
        Assert.False(OutputLock.IsTaken(path));
        using (OutputLock.Take(path, "run"))
        {
            Assert.True(OutputLock.IsTaken(path));
            Assert.Equal($"another run writes '{path}'.", Assert.Throws<IOException>(() => OutputLock.Take(path, "run")).Message);
            OutputLock.Take(folder.File("b"), "run").Dispose();
        }

        Assert.Empty(Directory.GetFiles(folder.Path));
        OutputLock.Take(path, "run").Dispose();
    }

    [Fact]
    public void Take_LockLeftByAKilledProcess_IsTakenOver()
    {
        using var folder = new TemporaryFolder();
        folder.Write("a.lock", 1, 2, 3);
        Assert.False(OutputLock.IsTaken(folder.File("a")));
        OutputLock.Take(folder.File("a"), "run").Dispose();
    }

    [Fact]
    public void Take_LinksToOneFile_AreOneFile()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "links need a privilege on Windows");
        using var folder = new TemporaryFolder();
        File.CreateSymbolicLink(folder.File("link"), folder.File("a"));
        using var held = OutputLock.Take(folder.File("a"), "run");
        Assert.Throws<IOException>(() => OutputLock.Take(folder.File("link"), "run"));
    }

    [Fact]
    public void Take_FolderThatIsMissing_SaysThatItCantBeWritten()
    {
        using var folder = new TemporaryFolder();
        Assert.Contains("can't be written", Assert.Throws<IOException>(() => OutputLock.Take(folder.File("none/a"), "run")).Message);
    }

    [Fact]
    public void Stands_NameThatWentToAnotherFile_No()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "elsewhere the system doesn't say");
        using var folder = new TemporaryFolder();
        var path = folder.Write("a", 1);
        using var open = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        Assert.True(FileKind.Stands(open.SafeFileHandle, path));
        File.Delete(path);
        Assert.False(FileKind.Stands(open.SafeFileHandle, path));
        folder.Write("a", 1);
        Assert.False(FileKind.Stands(open.SafeFileHandle, path));
    }

    [Fact]
    public void Take_ManyThreads_OneAtATime()
    {
        using var folder = new TemporaryFolder();
        var (inside, most, taken) = (0, 0, 0);
        Parallel.For(0, 8, _ =>
        {
            for (var i = 0; i < 200; i++)
            {
                try
                {
                    using var held = OutputLock.Take(folder.File("a"), "run");
                    var now = Interlocked.Increment(ref inside);
                    if (now > 1) Interlocked.Exchange(ref most, now);
                    Interlocked.Increment(ref taken);
                    Thread.Yield();
                    Interlocked.Decrement(ref inside);
                }
                catch (IOException)
                {
                    // Another thread has it.
                }
            }
        });
        Assert.Equal(0, most);
        Assert.True(taken > 0);
    }
}
