using SparseKernels.Training.Data;
using SparseKernels.Training.Tests.Support;
using Xunit;

namespace SparseKernels.Training.Tests.Data;

public class DataFingerprintTests
{
    [Fact]
    public void Of_SameImagesAndLabels_TheSame() => Assert.Equal(DataFingerprint.Of(new NoiseDataSet(40)), DataFingerprint.Of(new NoiseDataSet(40)));

    [Theory]
    [InlineData(0, 0.001f)]
    [InlineData(20, 0.001f)]
    [InlineData(39, 0.001f)]
    public void Of_OneElementOfAnImageChanged_Another(int image, float by) =>
        Assert.NotEqual(DataFingerprint.Of(new NoiseDataSet(40)), DataFingerprint.Of(new Changed(new NoiseDataSet(40), image, by, label: null)));

    [Theory]
    [InlineData(0)]
    [InlineData(39)]
    public void Of_OneLabelChanged_Another(int image) =>
        Assert.NotEqual(DataFingerprint.Of(new NoiseDataSet(40)), DataFingerprint.Of(new Changed(new NoiseDataSet(40), image, 0, label: 2 - (image % 3 == 2 ? 1 : 0))));

    [Fact]
    public void Of_MoreImages_Another() => Assert.NotEqual(DataFingerprint.Of(new NoiseDataSet(40)), DataFingerprint.Of(new NoiseDataSet(41)));

    /// <summary>A data set of which one image is another.</summary>
    private sealed class Changed(IDataSet inner, int image, float by, int? label) : IDataSet
    {
        public string Name => inner.Name;

        public int Count => inner.Count;

        public int Channels => inner.Channels;

        public int Height => inner.Height;

        public int Width => inner.Width;

        public int Classes => inner.Classes;

        public int Label(int index) => index == image && label is { } other ? other : inner.Label(index);

        public void CopyImage(int index, Span<float> chw)
        {
            inner.CopyImage(index, chw);
            if (index == image) chw[5] += by;
        }
    }
}
