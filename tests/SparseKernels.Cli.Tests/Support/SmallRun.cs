using SparseKernels.TestSupport;
using Xunit;

namespace SparseKernels.Cli.Tests.Support;

/// <summary>A folder with a run that <c>train</c> made in a moment: <c>run.safetensors</c>.</summary>
internal static class SmallRun
{
    /// <summary>resnet20, an epoch on CIFAR-10's form of <see cref="SmallImages"/>, 90 % of its weights pruned.</summary>
    public static TemporaryFolder Pruned()
    {
        var folder = new TemporaryFolder();
        SmallImages.WriteCifar10(folder, "images", training: 40, test: 20);
        Train(folder, "--data", "cifar10", "--data-dir", "images", "--model", "resnet20", "--prune", "one-shot", "--prune-sparsity", "0.9");
        return folder;
    }

    /// <summary>Trains a network of its own for two epochs.</summary>
    public static void Train(TemporaryFolder folder, params string[] options)
    {
        using var run = CommandRun.Complete(folder.Path, ["train", .. options, "--epochs", "2", "--batch", "8", "--threads", "2", "--out", "run"]);
        Assert.Equal((0, ""), (run.ExitCode, run.Errors));
    }

    /// <summary>Expects a command to end with one line on standard error, and to leave all files as they are.</summary>
    public static void ExpectRefusal(TemporaryFolder folder, int code, string expected, params string[] arguments)
    {
        var before = Contents(folder);
        using var run = CommandRun.Complete(folder.Path, arguments);
        Assert.Equal((code, ""), (run.ExitCode, run.Output));
        Assert.StartsWith("sparsekernels: ", run.Errors);
        Assert.Contains(expected, run.Errors);
        Assert.Equal(1, run.Errors.Count(c => c == '\n'));
        Assert.Equal(before, Contents(folder));
    }

    private static (string Path, string Bytes)[] Contents(TemporaryFolder folder) =>
    [
        .. Directory.GetFiles(folder.Path, "*", SearchOption.AllDirectories).Order()
            .Select(path => (path, Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(path))))),
    ];
}
