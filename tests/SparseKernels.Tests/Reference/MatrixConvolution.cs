namespace SparseKernels.Tests.Reference;

/// <summary>
/// The textbook formulation that shares no loop with the reference: pad the images, copy every filter window into a column
/// (im2col), multiply by the weight matrix; backward is the product with the transpose, and the windows added back (col2im).
/// </summary>
internal sealed class MatrixConvolution
{
    private readonly ConvolutionShape _shape;
    private readonly float[] _w;
    private readonly int _paddedH;
    private readonly int _paddedW;
    private readonly int _rows;
    private readonly int _pixels;

    /// <summary>For each image and group a matrix of (C/Groups·R·S) rows by (P·Q) columns.</summary>
    private readonly double[][] _columns;

    public MatrixConvolution(ConvolutionShape shape, float[] x, float[] w)
    {
        (_shape, _w) = (shape, w);
        _paddedH = shape.H + shape.Padding.Top + shape.Padding.Bottom;
        _paddedW = shape.W + shape.Padding.Left + shape.Padding.Right;
        _rows = shape.GroupC * shape.R * shape.S;
        _pixels = shape.P * shape.Q;
        _columns = new double[shape.N * shape.Groups][];
        for (var i = 0; i < _columns.Length; i++)
        {
            _columns[i] = new double[_rows * _pixels];
            var padded = Pad(x, i);
            for (var row = 0; row < _rows; row++)
                for (var pixel = 0; pixel < _pixels; pixel++)
                    _columns[i][row * _pixels + pixel] = padded[PaddedOffset(row, pixel)];
        }
    }

    /// <summary>Elements of all matrices together.</summary>
    public static long Elements(ConvolutionShape shape) => (long)shape.N * shape.C * shape.R * shape.S * shape.P * shape.Q;

    public float[] Forward(float[] bias)
    {
        var y = new float[_shape.OutputLength];
        for (var i = 0; i < y.Length; i++)
        {
            var (matrix, row, pixel, k) = Locate(i);
            double sum = bias[k];
            for (var j = 0; j < _rows; j++) sum += _w[row * _rows + j] * matrix[j * _pixels + pixel];
            y[i] = (float)sum;
        }

        return y;
    }

    public float[] BackwardData(float[] dy)
    {
        var dx = new float[_shape.InputLength];
        for (var i = 0; i < _columns.Length; i++)
        {
            var padded = new double[_shape.GroupC * _paddedH * _paddedW];
            for (var row = 0; row < _rows; row++)
            {
                for (var pixel = 0; pixel < _pixels; pixel++)
                {
                    double sum = 0;
                    for (var k = 0; k < _shape.GroupK; k++)
                        sum += _w[(i % _shape.Groups * _shape.GroupK + k) * _rows + row] * dy[(i * _shape.GroupK + k) * _pixels + pixel];
                    padded[PaddedOffset(row, pixel)] += sum;
                }
            }

            Crop(padded, dx, i);
        }

        return dx;
    }

    public float[] BackwardWeights(float[] dy)
    {
        var sum = new double[_shape.WeightLength];
        for (var i = 0; i < dy.Length; i++)
        {
            var (matrix, row, pixel, _) = Locate(i);
            for (var j = 0; j < _rows; j++) sum[row * _rows + j] += dy[i] * matrix[j * _pixels + pixel];
        }

        return Array.ConvertAll(sum, value => (float)value);
    }

    public float[] BackwardBias(float[] dy)
    {
        var sum = new double[_shape.K];
        for (var i = 0; i < dy.Length; i++) sum[Locate(i).K] += dy[i];
        return Array.ConvertAll(sum, value => (float)value);
    }

    private (double[] Matrix, int Row, int Pixel, int K) Locate(int output)
    {
        var (image, k, pixel) = (output / (_shape.K * _pixels), output / _pixels % _shape.K, output % _pixels);
        return (_columns[image * _shape.Groups + k / _shape.GroupK], k, pixel, k);
    }

    private int PaddedOffset(int row, int pixel)
    {
        var (c, r, s) = (row / (_shape.R * _shape.S), row / _shape.S % _shape.R, row % _shape.S);
        var (p, q) = (pixel / _shape.Q, pixel % _shape.Q);
        return (c * _paddedH + p * _shape.Stride.Height + r * _shape.Dilation.Height) * _paddedW + q * _shape.Stride.Width + s * _shape.Dilation.Width;
    }

    private float[] Pad(float[] x, int imageAndGroup)
    {
        var padded = new float[_shape.GroupC * _paddedH * _paddedW];
        ForEachPixel(imageAndGroup, (plain, inside) => padded[inside] = x[plain]);
        return padded;
    }

    private void Crop(double[] padded, float[] dx, int imageAndGroup) =>
        ForEachPixel(imageAndGroup, (plain, inside) => dx[plain] = (float)padded[inside]);

    private void ForEachPixel(int imageAndGroup, Action<int, int> copy)
    {
        for (var c = 0; c < _shape.GroupC; c++)
            for (var h = 0; h < _shape.H; h++)
                for (var w = 0; w < _shape.W; w++)
                    copy(
                        ((imageAndGroup * _shape.GroupC + c) * _shape.H + h) * _shape.W + w,
                        (c * _paddedH + h + _shape.Padding.Top) * _paddedW + w + _shape.Padding.Left);
    }
}
