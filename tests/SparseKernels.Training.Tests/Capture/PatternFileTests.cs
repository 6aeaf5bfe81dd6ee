using System.Text;
using SparseKernels.Sparsity;
using SparseKernels.Tensors;
using SparseKernels.TestSupport;
using SparseKernels.Training.Capture;
using SparseKernels.Training.Tests.Support;
using Xunit;

namespace SparseKernels.Training.Tests.Capture;

public class PatternFileTests
{
    private static readonly ConvolutionShape s_shape = new(
        2, 19, 5, 4, 33, 3, 2, new Size2D(2, 1), new Padding2D(1, 0, 1, 2), new Size2D(1, 2));

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Read_WhatWasWritten_IsTheTensorsNonZeros(bool rectified)
    {
        using var folder = new TemporaryFolder();
        var (x, dy) = (Sparse(s_shape.InputLength, rectified, seed: 3), Sparse(s_shape.OutputLength, rectified: false, seed: 4));
        PatternFile.Write(folder.File("a.patterns"), Patterns(x, dy));

        var read = PatternFile.Read(folder.File("a.patterns"));

        Assert.Equal(("layer1.conv", 3, 41L), (read.Layer, read.Epoch, read.Step));
        Assert.Equal(s_shape, read.Shape);
        Assert.Equal(x.Select(value => value != 0), Bits(read.Input));
        Assert.Equal(dy.Select(value => value != 0), Bits(read.OutputGradient));
        Assert.Equal(x.Select(value => !rectified || value != 0), Bits(read.InputMask));
    }

    [Theory]
    [InlineData(0, "its first 8 bytes give a header of -1 bytes")]
    [InlineData(7, "its first 8 bytes give a header of -1 bytes")]
    [InlineData(100, "is no file of patterns")]
    [InlineData(-1, "bytes of bitmaps for")]
    public void Read_CutShort_SaysSo(int length, string message)
    {
        using var folder = new TemporaryFolder();
        var path = Written(folder);
        var bytes = File.ReadAllBytes(path);
        File.WriteAllBytes(path, length < 0 ? bytes[..^1] : bytes[..length]);

        Assert.Contains(message, Assert.Throws<InvalidDataException>(() => PatternFile.Read(path)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("sparsekernels-patterns-1", "sparsekernels-patterns-2", "expected the format")]
    [InlineData("\"groups\":1", "\"groups\":7", "groups must divide")]
    [InlineData("\"groups\"", "\"grapes\"", "no file of patterns")]
    [InlineData("[33,3,2]", "[33,3.2]", "no file of patterns")]
    [InlineData("[2,19,5,4]", "[3,19,5,4]", "bytes of bitmaps for")]
    public void Read_OtherHeader_SaysSo(string old, string replacement, string message)
    {
        using var folder = new TemporaryFolder();
        var path = Written(folder);
        var text = Encoding.Latin1.GetString(File.ReadAllBytes(path));
        Assert.Contains(old, text, StringComparison.Ordinal);
        File.WriteAllBytes(path, Encoding.Latin1.GetBytes(text.Replace(old, replacement, StringComparison.Ordinal)));

        Assert.Contains(message, Assert.Throws<InvalidDataException>(() => PatternFile.Read(path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_BitPastTheLastChannel_SaysSo()
    {
        using var folder = new TemporaryFolder();
        var path = Written(folder);
        var bytes = File.ReadAllBytes(path);
        bytes[^1] |= 0x80;
        File.WriteAllBytes(path, bytes);

        Assert.Contains(
            "the bitmap of dx has a bit past its 19 channels", Assert.Throws<InvalidDataException>(() => PatternFile.Read(path)).Message,
            StringComparison.Ordinal);
    }

    internal static IEnumerable<bool> Bits(FineMask mask)
    {
        for (var n = 0; n < mask.N; n++)
            for (var c = 0; c < mask.C; c++)
                for (var h = 0; h < mask.H; h++)
                    for (var w = 0; w < mask.W; w++) yield return mask[n, c, h, w];
    }

    private static string Written(TemporaryFolder folder)
    {
        var path = folder.File("a.patterns");
        PatternFile.Write(
            path, Patterns(Sparse(s_shape.InputLength, rectified: true, seed: 3), Sparse(s_shape.OutputLength, rectified: false, seed: 4)));
        return path;
    }

    private static ConvolutionPatterns Patterns(float[] x, float[] dy)
    {
        using var input = new BlockedTensor(s_shape.N, s_shape.C, s_shape.H, s_shape.W);
        using var gradient = new BlockedTensor(s_shape.N, s_shape.K, s_shape.P, s_shape.Q);
        input.CopyFromNchw(x);
        gradient.CopyFromNchw(dy);
        return ConvolutionPatterns.Of("layer1.conv", 3, 41, s_shape, input, gradient);
    }

    private static float[] Sparse(int length, bool rectified, int seed)
    {
        var values = Samples.Gaussian(length, seed: (ulong)seed);
        for (var i = 0; i < length; i++)
        {
            if (rectified) values[i] = Math.Max(0, values[i]);
            else if (i % 3 == 0) values[i] = 0;
        }

        return values;
    }
}
