using SparseKernels.Cli.Reports;
using SparseKernels.TestSupport;
using SparseKernels.Training;
using SparseKernels.Training.Pruning;
using Xunit;

namespace SparseKernels.Cli.Tests.Reports;

public class EpochCsvTests
{
    private const string Header = "epoch,step,learning_rate,train_loss,train_accuracy,test_loss,test_accuracy,images_per_second,seconds,saved_seconds,forward,backward_data,backward_weights,step_ms,validation_accuracy,sparsity,coarse_sparsity,waiting_seconds";

    [Fact]
    public void Append_TwoEpochs_HeaderAndFiguresInInvariantCulture()
    {
        using var folder = new TemporaryFolder();
        var csv = EpochCsv.Prepare(folder.File("new/a.csv"), completeEpochs: null);
        csv.Begin();
        csv.Append(Report(1), step: 10);
        csv.Append(Report(2), step: 20);
        Assert.Equal([Header, "1,10,0.05,1.25,0.5,1.5,0.25,100.0,3.500,1.250,input-weight:12|dense:3,dense:15,,2.500,,,,0.250", "2,20,0.05,1.25,0.5,1.5,0.25,100.0,3.500,1.250,input-weight:12|dense:3,dense:15,,2.500,,,,0.250"], File.ReadAllLines(folder.File("new/a.csv")));
    }

    [Fact]
    public void Append_PrunedRun_SparsityAndValidation()
    {
        using var folder = new TemporaryFolder();
        var csv = EpochCsv.Prepare(folder.File("a.csv"), completeEpochs: null);
        csv.Begin();
        csv.Append(
            Report(1) with { ValidationTime = TimeSpan.FromSeconds(1), Pruning = new PruningStatus("any", 0.75, 0.5, 0.25, 0.625, null) },
            step: 10);
        Assert.Equal(
            "1,10,0.05,1.25,0.5,1.5,0.25,100.0,4.500,1.250,input-weight:12|dense:3,dense:15,,2.500,0.625,0.75,0.5,0.250",
            File.ReadAllLines(folder.File("a.csv"))[1]);
    }

    [Fact]
    public void Begin_Resumed_KeepsLinesOfCompleteEpochsAlone()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllLines(folder.File("a.csv"), [Header, "1,10,rest", "2,20,rest", "3,30,rest"]);
        var csv = EpochCsv.Prepare(folder.File("a.csv"), completeEpochs: 2);
        Assert.Equal(4, File.ReadAllLines(folder.File("a.csv")).Length);
        csv.Begin();
        csv.Append(Report(3), step: 30);
        Assert.Equal(
            [Header, "1,10,rest", "2,20,rest", "3,30,0.05,1.25,0.5,1.5,0.25,100.0,3.500,1.250,input-weight:12|dense:3,dense:15,,2.500,,,,0.250"],
            File.ReadAllLines(folder.File("a.csv")));
    }

    [Theory]
    [InlineData("something else")]
    [InlineData(Header, "one,10")]
    [InlineData(Header, "")]
    public void Prepare_NotSuchAFile_ThrowsAndKeepsIt(params string[] lines)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllLines(folder.File("a.csv"), lines);
        Assert.Throws<InvalidDataException>(() => EpochCsv.Prepare(folder.File("a.csv"), completeEpochs: 1));
        Assert.Throws<IOException>(() => EpochCsv.Prepare(folder.File("a.csv"), completeEpochs: null));
        Assert.Equal(lines, File.ReadAllLines(folder.File("a.csv")));
    }

    private static EpochReport Report(int epoch) =>
        new(epoch, 1.25, 0.5, 1.5, 0.25, 0.05f, 100, TimeSpan.FromSeconds(3), TimeSpan.FromSeconds(0.5))
        {
            WaitingTime = TimeSpan.FromSeconds(0.25),
            StepTime = TimeSpan.FromMilliseconds(2.5),
            Skipped =
            [
                new SkippedOperands(
                    ConvolutionPass.Forward, new OperandPair(Operand.Input, Operand.Weight), 12, TimeSpan.FromSeconds(1),
                    TimeSpan.FromSeconds(1.5)),
                new SkippedOperands(ConvolutionPass.Forward, null, 3, TimeSpan.FromSeconds(1), TimeSpan.Zero),
                new SkippedOperands(ConvolutionPass.BackwardData, null, 15, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(-0.25)),
            ],
        };
}
