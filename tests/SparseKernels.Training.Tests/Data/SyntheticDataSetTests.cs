using SparseKernels.TestSupport;
using SparseKernels.Training.Data;
using Xunit;

namespace SparseKernels.Training.Tests.Data;

public class SyntheticDataSetTests
{
    [Fact]
    public void Create_SameSeed_SameImagesWhateverTheCount()
    {
        var few = SyntheticDataSet.Create(DataSplit.Training, 13, seed: 5);
        var many = SyntheticDataSet.Create(DataSplit.Training, 40, seed: 5);
        for (var i = 0; i < few.Count; i++)
        {
            Assert.Equal(few.Pixels(i).ToArray(), many.Pixels(i).ToArray());
            Assert.Equal(i % 10, few.Label(i));
        }
    }

    [Fact]
    public void Create_AnyTwoImages_Differ()
    {
        var seen = new HashSet<string>();
        foreach (var split in new[] { DataSplit.Training, DataSplit.Test })
        {
            foreach (var seed in new ulong[] { 0, 1 })
            {
                var data = SyntheticDataSet.Create(split, 50, seed);
                for (var i = 0; i < data.Count; i++) Assert.True(seen.Add(Convert.ToHexString(data.Pixels(i))), $"{split} {seed} {i}");
            }
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(int.MaxValue)]
    public void Create_ImpossibleCount_Throws(int count) =>
        Assert.Throws<ArgumentOutOfRangeException>("count", () => SyntheticDataSet.Create(DataSplit.Test, count));

    [Fact]
    public void LinearClassifier_OnPixels_StaysFarBelowAConvolutionalNetwork()
    {
        var training = SyntheticDataSet.Create(DataSplit.Training, TestScale.IsSmall ? 400 : 4000);
        var test = SyntheticDataSet.Create(DataSplit.Test, 1000);
        var accuracy = LinearBaseline.TestAccuracy(training, test, Normalisation.Measure(training));
        TestContext.Current.TestOutputHelper!.WriteLine($"linear classifier: {accuracy:P1}");
        Assert.InRange(accuracy, 0.08, 0.3);
    }

    [Fact]
    public void LinearClassifier_OnMnist_ReachesItsKnownAccuracy()
    {
        // Shows that the low figure of the test above is the images' doing and not the classifier's.
        var folder = RealData.RequireFolder("mnist");
        var accuracy = LinearBaseline.TestAccuracy(
            IdxDataSet.Load(folder, DataSplit.Training), IdxDataSet.Load(folder, DataSplit.Test), Normalisation.Mnist);
        Assert.InRange(accuracy, 0.87, 0.95);
    }
}
