using SparseKernels.TestSupport;
using SparseKernels.Training.Files;
using Xunit;

namespace SparseKernels.Training.Tests.Files;

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

    [Fact]
    public void Write_MissingFolderOrFolderAsFile_Throws()
    {
        using var folder = new TemporaryFolder();
        Assert.Throws<DirectoryNotFoundException>(() => AtomicFile.Write(Path.Combine(folder.Path, "none", "a"), _ => { }));
        Assert.Throws<IOException>(() => AtomicFile.Write(folder.Path, _ => { }));
        Assert.Throws<ArgumentException>("path", () => AtomicFile.Write("", _ => { }));
    }
}
