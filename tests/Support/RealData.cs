using Xunit;

namespace SparseKernels.TestSupport;

/// <summary>The folder of real images: <c>SPARSEKERNELS_DATA</c>, else <c>../shared/data</c> beside the repository.</summary>
internal static class RealData
{
    public static string RequireFolder(string name)
    {
        var root = Environment.GetEnvironmentVariable("SPARSEKERNELS_DATA");
        if (string.IsNullOrEmpty(root)) root = Path.Combine(Repository(), "..", "shared", "data");
        var folder = Path.GetFullPath(Path.Combine(root, name));
        Assert.SkipUnless(
            Directory.Exists(folder), $"needs real images in '{folder}'; set SPARSEKERNELS_DATA to the folder that has '{name}'");
        return folder;
    }

    private static string Repository()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, "SparseKernels.sln"))) return folder.FullName;
        return AppContext.BaseDirectory;
    }
}
