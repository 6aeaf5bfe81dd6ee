using SparseKernels.Cli.Runs;
using SparseKernels.TestSupport;
using Xunit;

namespace SparseKernels.Cli.Tests.Runs;

public class RunFilesTests
{
    [Theory]
    [InlineData("run", "run.safetensors")]
    [InlineData("run.safetensors", "run.safetensors")]
    [InlineData("run.state.safetensors", "run.safetensors")]
    [InlineData("deep/", "deep/vgg-small-synthetic.safetensors")]
    [InlineData("", "vgg-small-synthetic.safetensors")]
    public void ForNewRun_ChosenName_WeightsFile(string chosen, string expected)
    {
        using var folder = new TemporaryFolder();
        var path = RunFiles.ForNewRun(Path.Combine(folder.Path, chosen), "vgg-small-synthetic");
        Assert.Equal(Path.Combine(folder.Path, expected), path);
        Assert.Empty(Directory.EnumerateFileSystemEntries(folder.Path));
    }

    [Fact]
    public void ForResume_Folder_LatestStateInIt()
    {
        using var folder = new TemporaryFolder();
        folder.Write("old.state.safetensors", 1);
        folder.Write("new.state.safetensors", 1);
        File.SetLastWriteTimeUtc(folder.File("old.state.safetensors"), DateTime.UtcNow.AddHours(-1));
        Assert.Equal(folder.File("new.safetensors"), RunFiles.ForResume(folder.Path, chosen: null));
        Assert.Equal(folder.File("old.safetensors"), RunFiles.ForResume(folder.File("old"), chosen: null));
        Assert.Equal(folder.File("old.safetensors"), RunFiles.ForResume(resumed: null, folder.File("old")));
    }

    [Fact]
    public void ForResume_WeightsWithoutState_Throws()
    {
        using var folder = new TemporaryFolder();
        folder.Write("a.safetensors", 1);
        Assert.Throws<FileNotFoundException>(() => RunFiles.ForResume(folder.File("a"), chosen: null));
    }
}
