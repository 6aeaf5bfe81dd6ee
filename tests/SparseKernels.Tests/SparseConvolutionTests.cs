using System.Numerics.Tensors;
using SparseKernels.Tests.Support;
using SparseKernels.TestSupport;
using Xunit;

namespace SparseKernels.Tests;

public sealed class SparseConvolutionTests
{
    private static readonly ConvolutionShape s_shape = new(
        2, 6, 7, 5, 4, 3, 2, new Size2D(2, 1), new Padding2D(1, 0, 2, 1), new Size2D(1, 2), groups: 2);

    private readonly ConvolutionData _data = new ConvolutionCase(s_shape, 1, 1, 1, 1).Integers();

    [Fact]
    public void AllPasses_Spans_EqualReference()
    {
        float[] y = new float[s_shape.OutputLength], dx = new float[s_shape.InputLength], dw = new float[s_shape.WeightLength], dbias = new float[s_shape.K];
        SparseConvolution.Forward(s_shape, _data.X, _data.W, _data.Bias, y);
        SparseConvolution.BackwardData(s_shape, _data.Dy, _data.W, dx);
        SparseConvolution.BackwardWeights(s_shape, _data.X, _data.Dy, dw, dbias);
        ExpectReference(y, dx, dw, dbias);
    }

    [Fact]
    public void AllPasses_TensorSpans_EqualReference()
    {
        float[] y = new float[s_shape.OutputLength], dx = new float[s_shape.InputLength], dw = new float[s_shape.WeightLength], dbias = new float[s_shape.K];
        var (s, p, d, g) = (s_shape.Stride, s_shape.Padding, s_shape.Dilation, s_shape.Groups);
        SparseConvolution.Forward(X(_data.X), W(_data.W), _data.Bias, Y(y), s, p, d, g);
        SparseConvolution.BackwardData(Y(_data.Dy), W(_data.W), X(dx), s, p, d, g);
        SparseConvolution.BackwardWeights(X(_data.X), Y(_data.Dy), W(dw), dbias, s, p, d, g);
        ExpectReference(y, dx, dw, dbias);
    }

    [Fact]
    public void AllPasses_ShapeNull_NamesTheArgument()
    {
        Assert.Equal("shape", Assert.Throws<ArgumentNullException>(() => SparseConvolution.Forward(null!, [], [], [], [])).ParamName);
        Assert.Equal("shape", Assert.Throws<ArgumentNullException>(() => SparseConvolution.BackwardData(null!, [], [], [])).ParamName);
        Assert.Equal(
            "shape", Assert.Throws<ArgumentNullException>(() => SparseConvolution.BackwardWeights(null!, [], [], [], [])).ParamName);
    }

    [Fact]
    public void AllPasses_LengthOff_NamesArgumentAndShape()
    {
        float[] y = new float[s_shape.OutputLength + 1], dx = new float[s_shape.InputLength + 1], dw = new float[s_shape.WeightLength + 1];
        Named("y", () => SparseConvolution.Forward(s_shape, _data.X, _data.W, _data.Bias, y));
        Named("dx", () => SparseConvolution.BackwardData(s_shape, _data.Dy, _data.W, dx));
        Named("dw", () => SparseConvolution.BackwardWeights(s_shape, _data.X, _data.Dy, dw, []));

        static void Named(string argument, Action call)
        {
            var error = Assert.Throws<ArgumentException>(call);
            Assert.Equal(argument, error.ParamName);
            Assert.Contains(s_shape.ToString(), error.Message);
        }
    }

    [Fact]
    public void Forward_TensorSpanOfThreeDimensions_NamesTheArgument()
    {
        var y = new float[s_shape.OutputLength];
        var error = Assert.Throws<ArgumentException>(() => SparseConvolution.Forward(
            new ReadOnlyTensorSpan<float>(_data.X, [s_shape.N * s_shape.C, s_shape.H, s_shape.W]), W(_data.W), [], Y(y), s_shape.Stride, s_shape.Padding, s_shape.Dilation, s_shape.Groups));
        Assert.Equal("x", error.ParamName);
    }

    [Fact]
    public void Forward_TensorSpanThatSkipsColumns_NamesTheArgument()
    {
        var y = new float[s_shape.OutputLength];
        var wide = new float[s_shape.N * s_shape.C * s_shape.H * (s_shape.W + 1)];
        var error = Assert.Throws<ArgumentException>(() =>
        {
            var x = new ReadOnlyTensorSpan<float>(wide, [s_shape.N, s_shape.C, s_shape.H, s_shape.W + 1])[.., .., .., ..s_shape.W];
            SparseConvolution.Forward(x, W(_data.W), [], Y(y), s_shape.Stride, s_shape.Padding, s_shape.Dilation, s_shape.Groups);
        });
        Assert.Equal("x", error.ParamName);
        Assert.DoesNotContain(y, value => value != 0);
    }

    [Fact]
    public void AllPasses_TensorSpansThatDisagree_AreRejectedBeforeWriting()
    {
        var y = new float[s_shape.OutputLength];
        Assert.Throws<ArgumentException>(
            () => SparseConvolution.Forward(X(_data.X), W(_data.W), [], Y(y), 1, s_shape.Padding, s_shape.Dilation, s_shape.Groups));
        Assert.Throws<ArgumentException>(() => SparseConvolution.Forward(X(_data.X), W(_data.W), [], Y(y), s_shape.Stride, s_shape.Padding, s_shape.Dilation, groups: 1));
        Assert.Throws<ArgumentException>(() => SparseConvolution.BackwardData(Y(_data.Dy), W(_data.W), X(new float[s_shape.InputLength]), 1, s_shape.Padding, s_shape.Dilation, s_shape.Groups));
        Assert.DoesNotContain(y, value => value != 0);
    }

    private static TensorSpan<float> X(float[] values) => new(values, [s_shape.N, s_shape.C, s_shape.H, s_shape.W]);

    private static TensorSpan<float> W(float[] values) => new(values, [s_shape.K, s_shape.GroupC, s_shape.R, s_shape.S]);

    private static TensorSpan<float> Y(float[] values) => new(values, [s_shape.N, s_shape.K, s_shape.P, s_shape.Q]);

    private void ExpectReference(float[] y, float[] dx, float[] dw, float[] dbias)
    {
        var expected = _data.ReferenceBackwardWeights();
        Expect.Equal(_data.ReferenceForward(withBias: true), y, "y");
        Expect.Equal(_data.ReferenceBackwardData(), dx, "dx");
        Expect.Equal(expected.Dw, dw, "dw");
        Expect.Equal(expected.Dbias, dbias, "dbias");
    }
}
