using System.Globalization;
using SparseKernels.Bench.Commands;
using SparseKernels.Bench.Ranks;
using Xunit;

namespace SparseKernels.Bench.Tests.Commands;

public sealed class RanksCommandTests
{
    [Fact]
    public void Run_Check_RunsRanksAndComparesThem()
    {
        Assert.SkipUnless(RankLauncher.Default.StartsWith("mpirun.openmpi", StringComparison.Ordinal), "There is no mpirun.openmpi: install openmpi-bin.");
        var (exit, output, error) = Run("--check", "2,3", "--models", "lenet", "--zeros", "0,90", "--batch", "4", "--seconds", "0.01");

        Assert.True(exit == 0, error);
        string[][] rows =
        [
            .. output.Split('\n').Where(line => line.StartsWith("| lenet", StringComparison.Ordinal))
                .Select(line => line.Split('|', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)),
        ];
        Assert.Equal([("0 %", "2"), ("0 %", "3"), ("90 %", "2"), ("90 %", "3")], rows.Select(row => (row[1], row[2])));
        foreach (var row in rows)
        {
            double[] numbers = [.. row[4..10].Select(cell => double.Parse(cell, CultureInfo.InvariantCulture))];
            Assert.All(numbers, number => Assert.True(number > 0, output));
            Assert.InRange(numbers[4], numbers[2] + numbers[3] - 0.2, numbers[2] + numbers[3] + 0.2);
            Assert.Matches(@"^[+-]?\d+ %$", row[10]);
        }

        Assert.True(double.Parse(rows[2][4], CultureInfo.InvariantCulture) < double.Parse(rows[0][4], CultureInfo.InvariantCulture));
    }

    [Fact]
    public void Run_Predictions_ARowForEachLinkAndAPlot()
    {
        var folder = Directory.CreateTempSubdirectory("ranks").FullName;
        try
        {
            var (exit, output, error) = Run("--models", "lenet", "--zeros", "0,50", "--batch", "4", "--seconds", "0.01", "--plots", folder);

            Assert.True(exit == 0, error);
            Assert.Equal(2 * 4 * 2, output.Split('\n').Count(line => line.StartsWith("| lenet", StringComparison.Ordinal)));
            Assert.True(new FileInfo(Path.Combine(folder, "ranks-lenet.png")).Length > 1000);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Theory]
    [InlineData("--check 1", "--check: expected whole numbers from 2 to 1024 apart by commas, got '1'.")]
    [InlineData("--check two", "--check: expected whole numbers")]
    [InlineData("--zeros 100", "--zeros: expected whole numbers from 0 to 99 apart by commas, got '100'.")]
    [InlineData("--models lenet --check 2 --seconds 0.01 --batch 1 --launcher no-such-launcher", "no-such-launcher can't be started")]
    public void Run_BadOptions_SaysWhichAndWhy(string options, string message)
    {
        var (exit, _, error) = Run(options.Split(' '));

        Assert.Equal(1, exit);
        Assert.StartsWith($"error: {message}", error, StringComparison.Ordinal);
    }

    private static (int Exit, string Output, string Error) Run(params string[] options)
    {
        var (output, error) = (new StringWriter(), new StringWriter());
        return (BenchProgram.Run(["ratios", "ranks", .. options], output, error), output.ToString(), error.ToString());
    }
}
