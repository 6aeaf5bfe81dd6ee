using SparseKernels.Bench.Commands;
using SparseKernels.Training.Checkpoints;
using SparseKernels.Training.Models;
using SparseKernels.Training.Tensors;
using Xunit;

namespace SparseKernels.Bench.Tests.Commands;

public sealed class SimilarityCommandTests
{
    [Fact]
    public void Run_NetworkAtItsStart_SignaturesFindMostOfAllPairsAtATwentiethOfTheWork()
    {
        using var network = ModelCatalogue.Create("vgg-small", new FeatureShape(3, 32, 32), 10, 1, 1);
        var output = new StringWriter();
        new SimilarityComparison(new RunSettings(2, 1, Isa.InstructionSet.Current, null, TimeSpan.FromMilliseconds(1)), new WeightsFile([.. network.State], []))
            .Run(output);
        var rows = output.ToString().Split('\n').Where(line => line.StartsWith("0.9 ", StringComparison.Ordinal)).ToDictionary(
            line => line[11..33].Trim(), line => line[33..].Split([' ', '%'], StringSplitOptions.RemoveEmptyEntries));
        Assert.Equal(["all pairs", "sample of channels", "signatures"], rows.Keys);
        Assert.True(int.Parse(rows["all pairs"][0], System.Globalization.CultureInfo.InvariantCulture) > 1000);
        Assert.InRange(Number("signatures", 1), 0.8, 1);
        Assert.InRange(Number("signatures", 2), 0.1, 5);
        Assert.InRange(Number("sample of channels", 1), 0, 0.2);
        Assert.Equal(100, Number("all pairs", 2));

        double Number(string row, int column) => double.Parse(rows[row][column], System.Globalization.CultureInfo.InvariantCulture);
    }
}
