using SparseKernels.Reference;
using SparseKernels.Tests.Support;
using SparseKernels.TestSupport;
using Xunit;

namespace SparseKernels.Tests.Reference;

public sealed class ReferenceConvolutionTests
{
    [Fact]
    public void Forward_ThreeByThreeImage_EqualsSumsDoneByHand()
    {
        var shape = new ConvolutionShape(1, 1, 3, 3, 1, 2, 2);
        var y = new float[4];
        ReferenceConvolution.Forward(shape, [1, 2, 3, 4, 5, 6, 7, 8, 9], [1, 10, 100, 1000], [0.5f], y);
        Assert.Equal([5421.5f, 6532.5f, 8754.5f, 9865.5f], y);
    }

    [Fact]
    public void Forward_StridePaddingDilation_TakesTheTapsDoneByHand()
    {
        var shape = new ConvolutionShape(
            1, 1, 3, 4, 1, 2, 2, stride: new Size2D(2, 3), padding: new Padding2D(1, 0, 0, 1), dilation: new Size2D(1, 2));
        var y = new float[2];
        ReferenceConvolution.Forward(shape, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12], [1, 10, 100, 1000], [], y);
        Assert.Equal((2, 1), (shape.P, shape.Q));
        Assert.Equal([100 * 1 + 1000 * 3, 5 + 10 * 7 + 100 * 9 + 1000 * 11], y);
    }

    [Fact]
    public void Forward_Groups_SeeOnlyTheirOwnChannels()
    {
        var shape = new ConvolutionShape(1, 4, 1, 1, 4, 1, 1, groups: 2);
        var y = new float[4];
        ReferenceConvolution.Forward(shape, [1, 2, 3, 4], [1, 10, 1, 100, 1, 10, 1, 100], [], y);
        Assert.Equal([21, 201, 43, 403], y);
    }

    [Fact]
    public void BackwardData_TwoByTwoFilter_EqualsSumsDoneByHand()
    {
        var shape = new ConvolutionShape(1, 1, 3, 3, 1, 2, 2);
        var dx = new float[9];
        ReferenceConvolution.BackwardData(shape, [1, 2, 3, 4], [1, 10, 100, 1000], dx);
        Assert.Equal([1, 12, 20, 103, 1234, 2040, 300, 3400, 4000], dx);
    }

    [Fact]
    public void BackwardWeights_TwoByTwoFilter_EqualsSumsDoneByHand()
    {
        var shape = new ConvolutionShape(1, 1, 3, 3, 1, 2, 2);
        var (dw, dbias) = (new float[4], new float[1]);
        ReferenceConvolution.BackwardWeights(shape, [1, 2, 3, 4, 5, 6, 7, 8, 9], [1, 10, 100, 1000], dw, dbias);
        Assert.Equal([5421, 6532, 8754, 9865], dw);
        Assert.Equal([1111], dbias);
    }

    [Fact]
    public void AllPasses_SumBeyondSinglePrecision_AreRoundedOnce()
    {
        var shape = new ConvolutionShape(1, 3, 1, 1, 1, 1, 1);
        var y = new float[1];
        ReferenceConvolution.Forward(shape, [1e8f, 1, -1e8f], [1, 1, 1], [], y);
        Assert.Equal(1, y[0]);
    }

    [Fact]
    public void AllPasses_GeneratedShapes_EqualTheMatrixFormulation() =>
        GeneratedCases.Check(ConvolutionShapes.Arbitrary(), 60, shape =>
        {
            if (MatrixConvolution.Elements(shape) > 4_000_000) shape = shape.WithBatch(1);
            var x = RandomTensor.Integers(shape.InputLength, seed: 1);
            var w = RandomTensor.Integers(shape.WeightLength, seed: 2);
            var bias = RandomTensor.Integers(shape.K, seed: 3);
            var dy = RandomTensor.Integers(shape.OutputLength, seed: 4);
            var matrix = new MatrixConvolution(shape, x, w);

            var y = new float[shape.OutputLength];
            ReferenceConvolution.Forward(shape, x, w, bias, y);
            Expect.Equal(matrix.Forward(bias), y, $"y of {shape}");

            var dx = new float[shape.InputLength];
            ReferenceConvolution.BackwardData(shape, dy, w, dx);
            Expect.Equal(matrix.BackwardData(dy), dx, $"dx of {shape}");

            var (dw, dbias) = (new float[shape.WeightLength], new float[shape.K]);
            ReferenceConvolution.BackwardWeights(shape, x, dy, dw, dbias);
            Expect.Equal(matrix.BackwardWeights(dy), dw, $"dw of {shape}");
            Expect.Equal(matrix.BackwardBias(dy), dbias, $"dbias of {shape}");
        });
}
