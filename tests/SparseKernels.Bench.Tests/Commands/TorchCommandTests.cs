using System.Text.Json;
using SparseKernels.Bench.Commands;
using SparseKernels.Bench.Peer;
using SparseKernels.Isa;
using Xunit;

namespace SparseKernels.Bench.Tests.Commands;

public sealed class TorchCommandTests
{
    [Fact]
    public void Run_MaskedModel_TimesStepAndInferenceOfBothAndReports()
    {
        var (rows, output) = Run("--models", "resnet20", "--masked", "0.9", "--batch", "4");
        Assert.Equal(["torch step 90 % masked", "torch predict1 90 % masked", "torch predict64 90 % masked"], rows.Select(row => row.Pass));
        Assert.Contains("layer1.0 to layer1.2: one stretch of 3 modules", output, StringComparison.Ordinal);
    }

    [Fact]
    public void Run_BothModesAndShares_TimesEach()
    {
        var (rows, output) = Run("--models", "resnet20", "--masked", "0,0.5", "--modes", "convert,swap", "--tasks", "step", "--batch", "2");
        Assert.Equal(["torch step", "torch step 50 % masked", "torch swap step", "torch swap step 50 % masked"], rows.Select(row => row.Pass));
        Assert.Contains("layer1.0.conv1: one stretch of 1 modules", output, StringComparison.Ordinal);
    }

    [Fact]
    public void Run_Node_TimesItAgainstTheCoreAndLibtorch()
    {
        var (rows, output) = Run("--models", "node");
        Assert.Equal(["torch node, core", "torch node, libtorch"], rows.Select(row => row.Pass));
        Assert.Contains("more than the core's own three calls", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--models", "vgg-large")]
    [InlineData("--modes", "convert,exchange")]
    [InlineData("--tasks", "sleep")]
    [InlineData("--masked", "1")]
    public void Run_UnknownName_SaysWhatThereIs(string option, string value)
    {
        var error = new StringWriter();
        Assert.NotEqual(0, BenchProgram.Run(["ratios", "torch", option, value], new StringWriter(), error));
        Assert.Contains(option, error.ToString(), StringComparison.Ordinal);
    }

    private static ((string? Pass, double Ours)[] Rows, string Output) Run(params string[] arguments)
    {
        Assert.SkipWhen(TorchLibrary.TryLoadExact(InstructionSet.Current, threads: 1) is not null, "libtorch can't load here");
        var json = Path.GetTempFileName();
        try
        {
            var (output, error) = (new StringWriter(), new StringWriter());
            Assert.True(BenchProgram.Run(["ratios", "torch", .. arguments, "--seconds", "0.01", "--json", json], output, error) == 0, $"{error}{output}");
            var rows = JsonDocument.Parse(File.ReadAllText(json)).RootElement.EnumerateArray().ToArray();
            Assert.All(rows, row => Assert.True(row.GetProperty("ours_ms").GetDouble() > 0 && row.GetProperty("peer_ms").GetDouble() > 0));
            return ([.. rows.Select(row => (row.GetProperty("pass").GetString(), row.GetProperty("ours_ms").GetDouble()))], output.ToString());
        }
        finally
        {
            File.Delete(json);
        }
    }
}
