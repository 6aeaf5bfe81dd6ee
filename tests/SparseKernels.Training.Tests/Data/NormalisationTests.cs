using SparseKernels.Training.Data;
using Xunit;

namespace SparseKernels.Training.Tests.Data;

public class NormalisationTests
{
    [Fact]
    public void Apply_TwoChannels_SubtractsMeanDividesByDeviation()
    {
        float[] image = [0f, 1f, 0.5f, 0.25f];
        new Normalisation([0.5f, 0.25f], [0.5f, 0.125f]).Apply(image);
        Assert.Equal([-1f, 1f, 2f, 0f], image);
    }

    [Fact]
    public void Measure_SyntheticImages_NormalisesThemToZeroAndOne()
    {
        var data = SyntheticDataSet.Create(DataSplit.Training, 50);
        var normalisation = Normalisation.Measure(data);
        double sum = 0, squares = 0;
        var image = new float[3072];
        for (var i = 0; i < data.Count; i++)
        {
            data.CopyImage(i, image);
            normalisation.Apply(image);
            sum += image[..1024].Sum(v => (double)v);
            squares += image[..1024].Sum(v => (double)v * v);
        }

        Assert.Equal(0, sum / (50 * 1024), 1e-4);
        Assert.Equal(1, squares / (50 * 1024), 1e-3);
    }

    [Fact]
    public void Constructor_BadValues_ThrowsNamingArgument()
    {
        Assert.Throws<ArgumentException>("deviation", () => new Normalisation([0f, 0f], [1f]));
        Assert.Throws<ArgumentException>("deviation", () => new Normalisation([], []));
        Assert.Throws<ArgumentException>("deviation", () => new Normalisation([0f], [0f]));
        Assert.Throws<ArgumentException>("mean", () => new Normalisation([float.NaN], [1f]));
    }

    [Fact]
    public void Apply_NotWholePlanes_Throws() =>
        Assert.Throws<ArgumentException>("chw", () => Normalisation.Cifar10.Apply(new float[10]));

    [Fact]
    public void Parse_WhatToStringWrote_SameBits()
    {
        var written = new Normalisation([1 / 3f, -0f, 1e-9f], [MathF.PI, float.Epsilon, 3e30f]);
        var read = Normalisation.Parse(written.ToString());
        Assert.Equal(written.Mean.ToArray(), read.Mean.ToArray());
        Assert.Equal(written.Deviation.ToArray(), read.Deviation.ToArray());
        Assert.Equal("mean 0.1307, deviation 0.3081", Normalisation.Mnist.ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("mean 0.5")]
    [InlineData("0.5, deviation 0.5")]
    [InlineData("mean 0.5 x, deviation 0.5 0.5")]
    [InlineData("mean 0.5, deviation ")]
    [InlineData("mean 0.5 0.5, deviation 0.5")]
    [InlineData("mean 0.5, deviation 0")]
    [InlineData("mean , deviation 0.5")]
    public void Parse_AnythingElse_ThrowsNamingArgument(string text) =>
        Assert.Throws<ArgumentException>("text", () => Normalisation.Parse(text));
}
