using SparseKernels.Training.Data;
using SparseKernels.Training.Tests.Support;
using Xunit;

namespace SparseKernels.Training.Tests.Data;

public class ValidationSplitTests
{
    [Theory]
    [InlineData(100, 0.1, 10)]
    [InlineData(42, 0.25, 10)]
    [InlineData(3, 0.01, 1)]
    [InlineData(3, 0.99, 2)]
    public void Create_AnyShare_DisjointAndComplete(int images, double share, int expected)
    {
        var split = ValidationSplit.Create(new NoiseDataSet(images), share, seed: 5);
        Assert.Equal(expected, split.Validation.Count);
        Assert.Equal(images - expected, split.Training.Count);
        Assert.Equal(Enumerable.Range(0, images), Indices(split.Training).Concat(Indices(split.Validation)).Order());
        Assert.Equal(Indices(split.Training).Order(), Indices(split.Training));
    }

    [Fact]
    public void Create_SameSeed_SameImagesAndAnotherSeedOthers()
    {
        var data = new NoiseDataSet(200);
        var first = Indices(ValidationSplit.Create(data, 0.2, seed: 5).Validation);
        Assert.Equal(first, Indices(ValidationSplit.Create(data, 0.2, seed: 5).Validation));
        Assert.NotEqual(first, Indices(ValidationSplit.Create(data, 0.2, seed: 6).Validation));
    }

    [Fact]
    public void Create_Parts_GiveTheImagesAndLabelsOfTheWhole()
    {
        var data = new NoiseDataSet(30);
        var split = ValidationSplit.Create(data, 0.3, seed: 1);
        var (expected, got) = (new float[14 * 14], new float[14 * 14]);
        foreach (var part in new[] { split.Training, split.Validation })
        {
            var indices = Indices(part);
            for (var i = 0; i < part.Count; i++)
            {
                data.CopyImage(indices[i], expected);
                part.CopyImage(i, got);
                Assert.Equal(expected, got);
                Assert.Equal(data.Label(indices[i]), part.Label(i));
            }

            Assert.Throws<ArgumentOutOfRangeException>(() => part.Label(part.Count));
            Assert.Equal((data.Name, 1, 14, 14, 3), (part.Name, part.Channels, part.Height, part.Width, part.Classes));
        }
    }

    [Fact]
    public void Create_BadArguments_AreNamed()
    {
        Assert.Throws<ArgumentNullException>("data", () => ValidationSplit.Create(null!, 0.1, 0));
        foreach (var share in new[] { 0, 1, -0.1, double.NaN })
            Assert.Throws<ArgumentOutOfRangeException>("share", () => ValidationSplit.Create(new NoiseDataSet(9), share, 0));
        Assert.Contains(
            "got 1 of noise", Assert.Throws<ArgumentException>("data", () => ValidationSplit.Create(new NoiseDataSet(1), 0.5, 0)).Message,
            StringComparison.Ordinal);
    }

    private static int[] Indices(IDataSet part) => [.. Enumerable.Range(0, part.Count).Select(((DataSubset)part).IndexOf)];
}
