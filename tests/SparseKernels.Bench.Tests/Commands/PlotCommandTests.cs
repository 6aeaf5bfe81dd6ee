using System.Buffers.Binary;
using SparseKernels.Bench.Commands;
using SparseKernels.Bench.Reporting;
using SparseKernels.Bench.Tests.Reporting;
using Xunit;

namespace SparseKernels.Bench.Tests.Commands;

public sealed class PlotCommandTests : IDisposable
{
    private static readonly byte[] s_signature = [0x89, .. "PNG\r\n\u001a\n"u8];

    private readonly string _folder = Directory.CreateTempSubdirectory("plot").FullName;

    [Fact]
    public void Run_RowsOfTwoPasses_WritesAPictureForEach()
    {
        var row = SpeedUpCurvesTests.Row("a-3x3", "InputWeight", 0.5, 1, 1, 2, 3);
        Write(
            "rows.json", row, row with { FineDensity = 0.1, OursMs = 0.3 },
            row with { Pass = "BackwardData", Cell = "OutputWeight", PeerMs = null, Ratio = null });

        var (exit, output, error) = Run("ratios", "plot", InFolder("rows.json"), "--output", _folder, "--layers", "3x3");

        Assert.True(exit == 0, error);
        Assert.Equal([InFolder("backward-data.png"), InFolder("forward.png")], Directory.GetFiles(_folder, "*.png").Order());
        Assert.Contains(InFolder("forward.png"), output);
        foreach (var name in new[] { "forward.png", "backward-data.png" })
        {
            var bytes = File.ReadAllBytes(InFolder(name));
            Assert.Equal(s_signature, bytes[..8]);
            Assert.Equal(
                (900, 560), (BinaryPrimitives.ReadInt32BigEndian(bytes.AsSpan(16)), BinaryPrimitives.ReadInt32BigEndian(bytes.AsSpan(20))));
            Assert.True(bytes.Length > 5000, $"{name} has {bytes.Length} bytes: an empty picture.");
        }
    }

    [Theory]
    [InlineData("[{\"layer\": \"a\"}]", "not what ratios sparse --json writes")]
    [InlineData("{", "not what ratios sparse --json writes")]
    [InlineData("null", "not what ratios sparse --json writes")]
    [InlineData("[]", "no row")]
    public void Run_OtherFile_SaysSo(string content, string message)
    {
        File.WriteAllText(InFolder("rows.json"), content);

        var (exit, _, error) = Run("ratios", "plot", InFolder("rows.json"), "--output", _folder);

        Assert.Equal(1, exit);
        Assert.Contains(message, error);
        Assert.Empty(Directory.GetFiles(_folder, "*.png"));
    }

    [Theory]
    [InlineData("no/such/folder", null, "there is no such folder")]
    [InlineData(".", "none", "no row of a layer whose name contains none")]
    public void Run_BadOption_SaysSo(string output, string? layers, string message)
    {
        Write("rows.json", SpeedUpCurvesTests.Row("a", "InputWeight", 0.5, 1, 1, 2, 3));

        var (exit, _, error) = Run(
            ["ratios", "plot", InFolder("rows.json"), "--output", output, .. layers is null ? [] : new[] { "--layers", layers }]);

        Assert.Equal(1, exit);
        Assert.Contains(message, error);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static (int Exit, string Output, string Error) Run(params string[] arguments)
    {
        var (output, error) = (new StringWriter(), new StringWriter());
        return (BenchProgram.Run(arguments, output, error), output.ToString(), error.ToString());
    }

    private string InFolder(string name) => Path.Combine(_folder, name);

    private void Write(string name, params SparseRow[] rows) => RatioJson.Write(InFolder(name), rows);
}
