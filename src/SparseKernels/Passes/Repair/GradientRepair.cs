using SparseKernels.Sparsity;
using SparseKernels.Tensors;
using SparseKernels.Threading;

namespace SparseKernels.Passes.Repair;

/// <summary>
/// BackwardWeights where x or dy holds infinity or NaN. The kernels multiply their elements with the zeros around the other image, which
/// changes nothing as long as they are finite; else it would make NaN of weights whose gradient they have no part in. Results that are not
/// finite are summed again over what lies inside both images. Seldom needed, so it is a plain loop.
/// </summary>
/// <param name="shape">The sizes.</param>
internal sealed unsafe class GradientRepair(ConvolutionShape shape)
{
    /// <summary>Whether some element of x or dy meets a tap that leads out of the other image.</summary>
    public bool CanBeNeeded { get; } = shape.R > 1 || shape.S > 1 || shape.Padding != 0;

    /// <summary>Sums again what the zeros around the images may have spoilt.</summary>
    /// <param name="x">The input.</param>
    /// <param name="dy">The output's gradient.</param>
    /// <param name="dw">The result, as the kernels left it.</param>
    /// <param name="wanted">The weights to look at; null for all.</param>
    /// <param name="dropsZeros">Whether products with a zero are left out, as where zeros are skipped, or are NaN.</param>
    /// <param name="topology">The threads.</param>
    public void Run(in ImageView x, in ImageView dy, float* dw, WeightPattern? wanted, bool dropsZeros, ComputeTopology topology)
    {
        var work = new Work { Shape = shape, X = x, Dy = dy, Dw = dw, Wanted = wanted, DropsZeros = dropsZeros };
        WorkerPool.Shared.Run(ref work, shape.K, topology);
    }

    /// <summary>One call; an item is an output channel.</summary>
    private struct Work : IWork
    {
        public ConvolutionShape Shape;
        public ImageView X;
        public ImageView Dy;
        public float* Dw;
        public WeightPattern? Wanted;
        public bool DropsZeros;

        public readonly void Do(int k, int worker)
        {
            for (var c = 0; c < Shape.GroupC; c++)
            {
                for (var r = 0; r < Shape.R; r++)
                {
                    for (var s = 0; s < Shape.S; s++)
                    {
                        var index = ((k * Shape.GroupC + c) * Shape.R + r) * Shape.S + s;
                        if (!float.IsFinite(Dw[index]) && Wanted?[index] != false) Dw[index] = Sum(k, c, r, s);
                    }
                }
            }
        }

        private readonly float Sum(int k, int c, int r, int s)
        {
            var channel = k / Shape.GroupK * Shape.GroupC + c;
            var (firstH, firstW) = ((long)r * Shape.Dilation.Height - Shape.Padding.Top, (long)s * Shape.Dilation.Width - Shape.Padding.Left);
            var sum = 0.0;
            for (var n = 0; n < Shape.N; n++)
            {
                for (var p = 0; p < Shape.P; p++)
                {
                    var h = firstH + (long)p * Shape.Stride.Height;
                    if ((ulong)h >= (ulong)Shape.H) continue;
                    var xRow = X.Row(n, channel, (int)h);
                    var dyRow = Dy.Row(n, k, p);
                    for (var q = 0; q < Shape.Q; q++)
                    {
                        var w = firstW + (long)q * Shape.Stride.Width;
                        if ((ulong)w >= (ulong)Shape.W) continue;
                        double x = xRow[w * X.PixelStep], dy = dyRow[q * Dy.PixelStep];
                        if (!DropsZeros || (x != 0 && dy != 0)) sum += x * dy;
                    }

                    if (double.IsNaN(sum)) return float.NaN;
                }
            }

            return (float)sum;
        }
    }
}
