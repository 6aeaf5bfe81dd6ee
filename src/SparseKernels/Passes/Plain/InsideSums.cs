using SparseKernels.Tensors;

namespace SparseKernels.Passes.Plain;

/// <summary>
/// One result of a pass in plain loops: the sum, in double precision, of the products that lie inside the images. Neither memory nor time
/// is spent on what lies around them.
/// </summary>
/// <param name="shape">The sizes.</param>
/// <param name="dropsZeros">Whether products with a zero are left out, as where zeros are skipped; else 0·∞ is NaN.</param>
internal readonly unsafe struct InsideSums(ConvolutionShape shape, bool dropsZeros)
{
    /// <summary><c>y[n,k,p,q]</c>.</summary>
    /// <param name="x">The input.</param>
    /// <param name="w">Plain <c>[K, C/Groups, R, S]</c>.</param>
    /// <param name="bias">Of channel k.</param>
    /// <param name="n">The image.</param>
    /// <param name="k">The channel.</param>
    /// <param name="p">The row.</param>
    /// <param name="q">The column.</param>
    public float Forward(in ImageView x, float* w, float bias, int n, int k, int p, int q)
    {
        double sum = bias;
        var firstChannel = k / shape.GroupK * shape.GroupC;
        for (var r = 0; r < shape.R; r++)
        {
            var h = (long)p * shape.Stride.Height + (long)r * shape.Dilation.Height - shape.Padding.Top;
            if ((ulong)h >= (ulong)shape.H) continue;
            for (var s = 0; s < shape.S; s++)
            {
                var column = (long)q * shape.Stride.Width + (long)s * shape.Dilation.Width - shape.Padding.Left;
                if ((ulong)column >= (ulong)shape.W) continue;
                for (var c = 0; c < shape.GroupC; c++)
                {
                    var weight = w[(((nint)k * shape.GroupC + c) * shape.R + r) * shape.S + s];
                    sum += Product(x.Row(n, firstChannel + c, (int)h)[(nint)column * x.PixelStep], weight);
                }
            }

            if (double.IsNaN(sum)) break;
        }

        return (float)sum;
    }

    /// <summary><c>dx[n,c,h,w]</c>.</summary>
    /// <param name="dy">The output's gradient.</param>
    /// <param name="w">Plain <c>[K, C/Groups, R, S]</c>.</param>
    /// <param name="n">The image.</param>
    /// <param name="c">The channel.</param>
    /// <param name="h">The row.</param>
    /// <param name="column">The column.</param>
    public float BackwardData(in ImageView dy, float* w, int n, int c, int h, int column)
    {
        var sum = 0.0;
        var (group, inGroup) = (c / shape.GroupC, c % shape.GroupC);
        for (var r = 0; r < shape.R; r++)
        {
            var (p, pRest) = Math.DivRem(h + (long)shape.Padding.Top - (long)r * shape.Dilation.Height, shape.Stride.Height);
            if (pRest != 0 || (ulong)p >= (ulong)shape.P) continue;
            for (var s = 0; s < shape.S; s++)
            {
                var (q, qRest) = Math.DivRem(column + (long)shape.Padding.Left - (long)s * shape.Dilation.Width, shape.Stride.Width);
                if (qRest != 0 || (ulong)q >= (ulong)shape.Q) continue;
                for (var k = group * shape.GroupK; k < (group + 1) * shape.GroupK; k++)
                {
                    var weight = w[(((nint)k * shape.GroupC + inGroup) * shape.R + r) * shape.S + s];
                    sum += Product(dy.Row(n, k, (int)p)[(nint)q * dy.PixelStep], weight);
                }
            }

            if (double.IsNaN(sum)) break;
        }

        return (float)sum;
    }

    /// <summary><c>dw[k,c,r,s]</c>.</summary>
    /// <param name="x">The input.</param>
    /// <param name="dy">The output's gradient.</param>
    /// <param name="k">The output channel.</param>
    /// <param name="c">The input channel in its group.</param>
    /// <param name="r">The filter's row.</param>
    /// <param name="s">The filter's column.</param>
    public float BackwardWeights(in ImageView x, in ImageView dy, int k, int c, int r, int s)
    {
        var channel = k / shape.GroupK * shape.GroupC + c;
        var (firstH, firstW) = ((long)r * shape.Dilation.Height - shape.Padding.Top, (long)s * shape.Dilation.Width - shape.Padding.Left);
        var sum = 0.0;
        for (var n = 0; n < shape.N; n++)
        {
            for (var p = FirstInside(firstH, shape.Stride.Height); p < shape.P; p++)
            {
                var h = firstH + p * shape.Stride.Height;
                if (h >= shape.H) break;
                var (xRow, dyRow) = (new Pixels(x.Row(n, channel, (int)h), x.PixelStep), new Pixels(dy.Row(n, k, (int)p), dy.PixelStep));
                for (var q = FirstInside(firstW, shape.Stride.Width); q < shape.Q; q++)
                {
                    var column = firstW + q * shape.Stride.Width;
                    if (column >= shape.W) break;
                    sum += Product(xRow[column], dyRow[q]);
                }

                if (double.IsNaN(sum)) return float.NaN;
            }
        }

        return (float)sum;
    }

    /// <summary>The first output row, or column, that reads inside the image.</summary>
    private static long FirstInside(long first, int stride) => first >= 0 ? 0 : (-first + stride - 1) / stride;

    private double Product(double a, double b) => dropsZeros && (a == 0 || b == 0) ? 0 : a * b;

    /// <summary>The pixels of a row.</summary>
    private readonly struct Pixels(float* first, int step)
    {
        private readonly float* _first = first;

        public float this[long column] => _first[(nint)column * step];
    }
}
