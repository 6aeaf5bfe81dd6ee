using System.Text.Json;
using SparseKernels.Bench.Reporting;
using SparseKernels.Bench.Sparsity;
using Xunit;

namespace SparseKernels.Bench.Tests.Reporting;

public sealed class SparseSummaryTests
{
    private static readonly string[] s_keys =
    [
        "layer", "pass", "batch", "threads", "isa", "ours_ms", "peer_ms", "ratio", "effective_gflops", "peak_gflops", "peak_share",
        "cell", "fine_density", "coarse_density", "ours_dense_ms", "work_left_gflops", "multiple_of_peak", "layout",
    ];

    private static readonly SparseCell s_cell = new(ConvolutionPass.Forward, new OperandPair(Operand.Input, Operand.Weight));
    private static readonly SparseTargets s_targets = SparseTargets.Parse(
        new StringReader("scale avx2 0.9\nForward InputWeight 0.5 1 2\nForward InputWeight 0.5 0.5 x1.6\n"), "test");

    [Fact]
    public void Write_TwoLayersAndASmallFilter_GivesMeansBesideTargets()
    {
        var lines = Summary(Result("a", 3, 0.5, 1, 1, 1), Result("b", 3, 0.5, 1, 1, 4), Result("c", 1, 0.5, 1, 1, 1.5));

        Assert.Matches(@"^Forward +InputWeight +0\.5 +1 +2\.00x +1\.80x +yes +1\.50x +0\.75x +no +- +-$", Assert.Single(lines));
    }

    [Fact]
    public void Write_NoZeros_ComparesWithDense()
    {
        var lines = Summary(Result("a", 3, 1, 1, ms: 1, multiple: 0.6));

        Assert.Matches(@"^Forward +InputWeight +1 +1 +0\.50x +0\.75x +no .*no zeros$", Assert.Single(lines));
    }

    [Fact]
    public void Write_BothOperandsAndEachAlone_GivesTheGainOverTheFaster()
    {
        var lines = Summary(Result("a", 3, 0.5, 0.5, 1, 3), Result("a", 3, 0.5, 1, 2, 1.5), Result("a", 3, 1, 0.5, 4, 1));

        Assert.Matches(@" 2\.00x +1\.60x$", lines[0]);
        Assert.Matches(@" - +-$", lines[1]);
    }

    [Fact]
    public void Serialise_Row_HasTheKeysOfRatiosAndItsOwn()
    {
        using var parsed = JsonDocument.Parse(JsonSerializer.Serialize(Result("a", 3, 0.5, 1, 1, 2).Row));

        Assert.Equal(s_keys, parsed.RootElement.EnumerateObject().Select(property => property.Name));
    }

    private static string[] Summary(params SparseResult[] results)
    {
        var output = new StringWriter();
        new SparseSummary(results, s_targets).Write(output);
        return output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)[2..];
    }

    private static SparseResult Result(string layer, int filter, double fine, double coarse, double ms, double multiple) => new(
        new SparseRow(
            layer, "Forward", 1, 1, "avx2", ms, null, null, 100 * multiple, 100, 0.5, "InputWeight", fine, coarse, ms / 2, 50, multiple),
        new SparseCase(s_cell, fine, coarse), new ConvolutionShape(1, 16, 5, 5, 16, filter, filter), 0.5, 0.5, 0.1, null, null, null);
}
