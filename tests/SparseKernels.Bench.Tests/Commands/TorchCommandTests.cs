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
        Assert.SkipWhen(TorchLibrary.TryLoad(InstructionSet.Current, threads: 1) is not null, "libtorch can't load here");
        var json = Path.GetTempFileName();
        try
        {
            var (output, error) = (new StringWriter(), new StringWriter());
            string[] arguments = ["ratios", "torch", "--models", "resnet20", "--masked", "0.9", "--batch", "4", "--seconds", "0.01", "--json", json];
            Assert.True(BenchProgram.Run(arguments, output, error) == 0, $"{error}{output}");
            var rows = JsonDocument.Parse(File.ReadAllText(json)).RootElement.EnumerateArray().ToArray();
            Assert.Equal(
                ["torch step 90 % masked", "torch predict1 90 % masked", "torch predict64 90 % masked"], rows.Select(row => row.GetProperty("pass").GetString()));
            Assert.All(rows, row => Assert.True(row.GetProperty("ours_ms").GetDouble() > 0 && row.GetProperty("peer_ms").GetDouble() > 0));
            Assert.Contains("layer1.0 to layer1.2: one stretch of 3 modules", output.ToString(), StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(json);
        }
    }
}
