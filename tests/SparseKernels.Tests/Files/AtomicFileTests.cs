using SparseKernels.Files;
using SparseKernels.TestSupport;
using Xunit;

namespace SparseKernels.Tests.Files;

public class AtomicFileTests
{
    [Fact]
    public void Write_NewAndExisting_ReplacesContentAndLeavesNoOtherFile()
    {
        using var folder = new TemporaryFolder();
        AtomicFile.Write(folder.File("a"), stream => stream.Write([1, 2, 3]));
        AtomicFile.Write(folder.File("a"), stream => stream.Write([4]));
        Assert.Equal([4], File.ReadAllBytes(folder.File("a")));
        Assert.Equal([folder.File("a")], Directory.GetFiles(folder.Path));
    }

    [Fact]
    public void Write_WriterFailsHalfway_OldContentStaysAndTemporaryIsGone()
    {
        using var folder = new TemporaryFolder();
        folder.Write("a", 1, 2, 3);
        var e = Assert.Throws<InvalidOperationException>(() => AtomicFile.Write(folder.File("a"), stream =>
        {
            stream.Write(new byte[100_000]);
            throw new InvalidOperationException("no more");
        }));
        Assert.Equal("no more", e.Message);
        Assert.Equal([1, 2, 3], File.ReadAllBytes(folder.File("a")));
        Assert.Equal([folder.File("a")], Directory.GetFiles(folder.Path));
    }

    [Fact]
    public void Write_OldContentWhileWriting_StillReadable()
    {
        using var folder = new TemporaryFolder();
        folder.Write("a", 1, 2, 3);
        AtomicFile.Write(folder.File("a"), stream =>
        {
            stream.Write([9]);
            stream.Flush();
            Assert.Equal([1, 2, 3], File.ReadAllBytes(folder.File("a")));
        });
        Assert.Equal([9], File.ReadAllBytes(folder.File("a")));
    }

    [Fact]
    public void Write_TemporaryLeftByKilledProcess_Overwritten()
    {
        using var folder = new TemporaryFolder();
        folder.Write("a.tmp", new byte[50]);
        AtomicFile.Write(folder.File("a"), stream => stream.Write([7]));
        Assert.Equal([7], File.ReadAllBytes(folder.File("a")));
        Assert.False(File.Exists(folder.File("a.tmp")));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Write_KilledBeforeAnyStep_OldContentOrNewUnderTheName(bool shared)
    {
        foreach (var step in Enum.GetValues<AtomicFileStep>())
        {
            using var folder = new TemporaryFolder();
            folder.Write("a", 1, 2, 3);
            AtomicFile.Observer = next =>
            {
                if (next == step) throw new SimulatedKillException(step);
            };
            try
            {
                Assert.Throws<SimulatedKillException>(() => AtomicFile.Write(folder.File("a"), stream => stream.Write([4, 5]), shared));
            }
            finally
            {
                AtomicFile.Observer = null;
            }

            byte[] expected = step == AtomicFileStep.FlushFolder ? [4, 5] : [1, 2, 3];
            Assert.Equal(expected, File.ReadAllBytes(folder.File("a")));
            AtomicFile.Write(folder.File("a"), stream => stream.Write([6]), shared);
            Assert.Equal([6], File.ReadAllBytes(folder.File("a")));
        }
    }

    [Fact]
    public void Write_SymbolicLinks_WritesWhatTheyPointToAndLeavesThem()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "links need a privilege on Windows");
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder.File("deep"));
        folder.Write("deep/there", 1);
        File.CreateSymbolicLink(folder.File("second"), folder.File("deep/there"));
        File.CreateSymbolicLink(folder.File("first"), "second");
        File.CreateSymbolicLink(folder.File("dangling"), "deep/new");
        AtomicFile.Write(folder.File("first"), stream => stream.Write([2]));
        AtomicFile.Write(folder.File("dangling"), stream => stream.Write([3]));
        Assert.Equal([2], File.ReadAllBytes(folder.File("deep/there")));
        Assert.Equal([3], File.ReadAllBytes(folder.File("deep/new")));
        Assert.Equal(("second", "deep/new"), (new FileInfo(folder.File("first")).LinkTarget, new FileInfo(folder.File("dangling")).LinkTarget));
        Assert.Equal(["new", "there"], Directory.GetFiles(folder.File("deep")).Select(Path.GetFileName).Order());
    }

    [Fact]
    public void Write_MissingFolderFolderAsFileCircleOrDevice_Throws()
    {
        using var folder = new TemporaryFolder();
        Assert.Throws<DirectoryNotFoundException>(() => AtomicFile.Write(Path.Combine(folder.Path, "none", "a"), _ => { }));
        Assert.Contains("is a folder", Assert.Throws<IOException>(() => AtomicFile.Write(folder.Path, _ => { })).Message);
        Assert.Throws<ArgumentException>("path", () => AtomicFile.Write("", _ => { }));
        if (OperatingSystem.IsWindows()) return;
        File.CreateSymbolicLink(folder.File("circle"), "circle");
        Assert.Throws<IOException>(() => AtomicFile.Write(folder.File("circle"), _ => { }));
        if (!OperatingSystem.IsLinux()) return;
        Assert.Contains("is a device", Assert.Throws<IOException>(() => AtomicFile.Write("/dev/null", _ => { })).Message);
        File.CreateSymbolicLink(folder.File("null"), "/dev/null");
        Assert.Contains("is a device", Assert.Throws<IOException>(() => AtomicFile.Write(folder.File("null"), _ => { })).Message);
    }

    [Fact]
    public void Write_DiskFull_SaysWhatIsNeededAndWhatIsFree()
    {
        const int UnixNoSpace = 28;
        using var folder = new TemporaryFolder();
        var isFull = true;
        var e = Assert.Throws<IOException>(() => AtomicFile.Write(folder.File("a"), stream =>
        {
            stream.Write(new byte[1234]);
            if (isFull)
            {
                isFull = false;
                throw new IOException("No space left on device", UnixNoSpace);
            }

            stream.Write(new byte[1_000_000]);
        }));
        Assert.Matches(@"a' needs 1001234 bytes, but (its disk has \d+ free|the disk is full)", e.Message);
        Assert.Empty(Directory.GetFiles(folder.Path));
    }
}
