using System.Text.Json;
using SparseKernels.Bench.Reporting;
using Xunit;

namespace SparseKernels.Bench.Tests.Reporting;

public sealed class RatioJsonTests : IDisposable
{
    private static readonly string[] s_keys =
        ["layer", "pass", "batch", "threads", "isa", "ours_ms", "peer_ms", "ratio", "effective_gflops", "peak_gflops", "peak_share"];

    private readonly string _folder = Directory.CreateTempSubdirectory("ratio-json").FullName;

    [Fact]
    public void Write_Rows_HasExactlyTheKeys()
    {
        var path = Path.Combine(_folder, "rows.json");
        RatioJson.Write<RatioRow>(path, [new("a", "Forward", 16, 1, "avx2", 2, 3, 1.5, 80, 100, 0.8), new("a", "Forward blocked", 16, 1, "avx2", 2, null, null, 80, 100, 0.8)]);

        using var parsed = JsonDocument.Parse(File.ReadAllText(path));
        Assert.Equal(2, parsed.RootElement.GetArrayLength());
        Assert.All(
            parsed.RootElement.EnumerateArray(), row => Assert.Equal(s_keys, row.EnumerateObject().Select(property => property.Name)));
        Assert.Equal(1.5, parsed.RootElement[0].GetProperty("ratio").GetDouble());
        Assert.Equal(JsonValueKind.Null, parsed.RootElement[1].GetProperty("ratio").ValueKind);
        Assert.Equal(JsonValueKind.Null, parsed.RootElement[1].GetProperty("peer_ms").ValueKind);
        Assert.Equal(["rows.json"], Directory.GetFiles(_folder).Select(Path.GetFileName));
    }

    [Fact]
    public void CheckWritable_NoFolder_Throws()
    {
        Assert.Throws<DirectoryNotFoundException>(() => RatioJson.CheckWritable(Path.Combine(_folder, "none", "rows.json")));
        Assert.Throws<IOException>(() => RatioJson.CheckWritable(_folder));
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
