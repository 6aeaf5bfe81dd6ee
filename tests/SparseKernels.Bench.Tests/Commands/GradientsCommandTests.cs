using System.Globalization;
using SparseKernels.Bench.Commands;
using SparseKernels.Bench.Peer;
using SparseKernels.Isa;
using Xunit;

namespace SparseKernels.Bench.Tests.Commands;

public sealed class GradientsCommandTests
{
    [Theory]
    [InlineData("resnet20", 32)]
    [InlineData("mobilenet_v2", 40)]
    public void Run_ModelThatNormalises_FarFromEdgesBothAreNearDoublePrecision(string model, int size)
    {
        Assert.SkipWhen(TorchLibrary.TryLoadExact(InstructionSet.Current, threads: 1) is not null, "libtorch can't load here");
        var rows = Rows(model, size);

        Assert.Equal(["as initialised", "3 deviations from edges"], rows.Select(row => row[1]));
        Assert.All(rows, row => Assert.Equal($"{model}, {size}²", row[0]));

        // Single precision is no nearer than 1e-8, and what is not the same function is no nearer than a hundredth.
        var far = rows[1];
        foreach (var distance in (double[])[.. Pair(far[2]), .. Pair(far[3]), Number(far[4]), Number(far[5])]) Assert.InRange(distance, 1e-8, 1e-4);
        Assert.All(rows, row => Assert.InRange(Pair(row[2])[0], 1e-8, 1e-4));
        Assert.Contains('.', far[4].Split(' ')[1]);
    }

    [Fact]
    public void Run_ModelWithoutNormalisation_HasOneRow()
    {
        Assert.SkipWhen(TorchLibrary.TryLoadExact(InstructionSet.Current, threads: 1) is not null, "libtorch can't load here");
        var row = Assert.Single(Rows("lenet", 28));

        Assert.All((double[])[.. Pair(row[2]), .. Pair(row[3])], distance => Assert.InRange(distance, 1e-8, 1e-4));
    }

    private static string[][] Rows(string model, int size)
    {
        var (output, error) = (new StringWriter(), new StringWriter());
        var exit = BenchProgram.Run(
            ["ratios", "gradients", "--models", model, "--size", size.ToString(CultureInfo.InvariantCulture), "--batch", "4"], output, error);
        Assert.True(exit == 0, error.ToString());
        return
        [
            .. output.ToString().Split('\n').Where(line => line.StartsWith($"| {model}", StringComparison.Ordinal))
                .Select(line => line.Split('|', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)),
        ];
    }

    private static double[] Pair(string cell) => [.. cell.Split(" / ").Select(Number)];

    private static double Number(string cell) => double.Parse(cell.Split(' ')[0], CultureInfo.InvariantCulture);
}
