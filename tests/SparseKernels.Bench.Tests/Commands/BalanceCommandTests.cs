using System.Globalization;
using SparseKernels.Bench.Commands;
using SparseKernels.Bench.Learning;
using SparseKernels.Bench.Tests.Support;
using SparseKernels.Pruning.Strategies;
using SparseKernels.Sparsity;
using SparseKernels.Training.Checkpoints;
using SparseKernels.Training.Parameters;
using Xunit;

namespace SparseKernels.Bench.Tests.Commands;

public sealed class BalanceCommandTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("balance").FullName;

    [Fact]
    public void Run_UnevenInputChannels_EndMoreEvenAtTheSameSparsity()
    {
        CifarFile.Write(Path.Combine(_folder, "data_batch_1.bin"), images: 70);
        CifarFile.Write(Path.Combine(_folder, "test_batch.bin"), images: 10);
        var output = new StringWriter();
        var settings = new RunSettings(2, 8, Isa.InstructionSet.Current, null, TimeSpan.FromMilliseconds(1));
        new BalanceComparison(settings, "resnet20", Weights(), new BalanceSettings([0, 1], 4, 0.9, Periods: 2, Steps: 4), _folder).Run(output);
        var rows = output.ToString().Split('\n').SkipWhile(line => !line.StartsWith("strength", StringComparison.Ordinal)).Skip(1).Take(2)
            .Select(line => line.Replace(" %", "", StringComparison.Ordinal).Split([' ', '>', '%'], StringSplitOptions.RemoveEmptyEntries)).ToArray();
        Assert.Equal(["0", "1"], rows.Select(row => row[0]));
        foreach (var row in rows)
        {
            Assert.InRange(Number(row[1]), 89.9, 90.2);
            Assert.Equal(rows[0][3], row[3]);
            Assert.True(Number(row[8]) > 0 && Number(row[10]) > 0 && Number(row[11]) > 0 && Number(row[11]) <= Number(row[10]), string.Join(' ', row));
        }

        Assert.True(Number(rows[1][4]) < 0.8 * Number(rows[0][4]), output.ToString());
        Assert.Equal("1.000", rows[0][9]);
    }

    [Fact]
    public void Begin_Sparsity_IsReachedByTheNextStepAndHeld()
    {
        using var trainer = new PrunedTrainer("resnet20", Weights(), (4, 1), new TrainingRecipe(), new AccuracyGatedOptions { SimilarityWork = 0, SimilarityRounds = 1 });
        var start = trainer.Report.Sparsity;
        Assert.InRange(start, 0.2, 0.3);
        var (images, labels) = (new float[4 * trainer.Trainer.Network.Input.Length], new int[4]);
        trainer.Step(images, labels, 0.001f);
        Assert.Equal(start, trainer.Report.Sparsity);
        trainer.Begin(0.7);
        for (var step = 0; step < 3; step++)
        {
            trainer.Step(images, labels, 0.001f);
            trainer.OrderChannels();
            Assert.Equal(0.7, trainer.Report.Sparsity, 0.005);
        }
    }

    [Fact]
    public void Options_Bad_AreNamed()
    {
        Assert.Equal([0, 0.5f, 2], BalanceCommand.ParseStrengths("0,0.5,2"));
        foreach (var strengths in (string[])["x", "1", "", "-1,1", "0,NaN"])
            Assert.Contains("--strengths", Assert.Throws<ArgumentException>(() => BalanceCommand.ParseStrengths(strengths)).Message);
        var comparison = new BalanceComparison(
            new RunSettings(1, 4, Isa.InstructionSet.Current, null, TimeSpan.FromMilliseconds(1)), "resnet20", Weights(), new BalanceSettings([0, 1], 2, 0.1, 1, 1), null);
        Assert.Contains("--sparsity", Assert.Throws<ArgumentException>(() => comparison.Run(TextWriter.Null)).Message);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    /// <summary>A network whose second half of each pruned layer's input channels has few and small weights.</summary>
    private static WeightsFile Weights()
    {
        using var made = new OwnTrainer("resnet20", (1, 1), new TrainingRecipe());
        var masks = new List<NamedMask>();
        foreach (var weight in made.Network.PrunableWeights.Skip(1).SkipLast(1).Select(prunable => prunable.Weight))
        {
            var mask = WeightPattern.Full(
                new ConvolutionShape(1, weight.Shape[1], weight.Shape[2], weight.Shape[3], weight.Shape[0], weight.Shape[2], weight.Shape[3]), CoarseGroup.Default);
            var taps = weight.Shape[2] * weight.Shape[3];
            for (var i = 0; i < weight.Length; i++)
            {
                if (i / taps % weight.Shape[1] < weight.Shape[1] / 2) continue;
                weight.Value[i] *= 0.5f;
                if (i % 2 == 0) mask.Words[i / 64] &= ~(1UL << (i % 64));
            }

            mask.Touch();
            weight.Mask = mask;
            masks.Add(new NamedMask(weight.Name, mask));
        }

        return new WeightsFile([.. made.Network.State.Select(tensor => tensor with { Values = [.. tensor.Values] })], masks);
    }

    private static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);
}
