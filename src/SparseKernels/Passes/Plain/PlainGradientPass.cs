using SparseKernels.Passes.Frame;
using SparseKernels.Tensors;
using SparseKernels.Threading;

namespace SparseKernels.Passes.Plain;

/// <summary>
/// BackwardWeights in plain loops over what lies inside both images. Serves shapes whose filter reaches so far past the image that the
/// kernels' windows would be mostly padding, and sums again what padding has spoilt where x or dy is infinite or NaN: the kernels multiply
/// their elements with the zeros around the other image, which changes nothing as long as they are finite.
/// </summary>
/// <param name="shape">The sizes.</param>
/// <param name="topology">The threads.</param>
internal sealed unsafe class PlainGradientPass(ConvolutionShape shape, ComputeTopology topology) : IGradientPass
{
    public bool Run(in ImageView x, in ImageView dy, float* dw)
    {
        var work = new Work { Shape = shape, X = x, Dy = dy, Dw = dw, Sums = new(shape, dropsZeros: false) };
        WorkerPool.Shared.Run(ref work, shape.K, topology);
        return true;
    }

    /// <summary>Sums the results again that are not finite though x and dy may have no such part in them.</summary>
    /// <param name="x">The input.</param>
    /// <param name="dy">The output's gradient.</param>
    /// <param name="dw">The result, as the kernels left it.</param>
    /// <param name="dropsZeros">Whether the kernels have left out products with a zero.</param>
    public void Repair(in ImageView x, in ImageView dy, float* dw, bool dropsZeros)
    {
        var work = new Work { Shape = shape, X = x, Dy = dy, Dw = dw, Sums = new(shape, dropsZeros), RepairsOnly = true };
        WorkerPool.Shared.Run(ref work, shape.K, topology);
    }

    public void Dispose()
    {
    }

    /// <summary>One call; an item is an output channel.</summary>
    private struct Work : IWork
    {
        public ConvolutionShape Shape;
        public bool RepairsOnly;
        public InsideSums Sums;
        public ImageView X;
        public ImageView Dy;
        public float* Dw;

        public readonly void Do(int k, int worker)
        {
            var index = k * Shape.GroupC * Shape.R * Shape.S;
            for (var c = 0; c < Shape.GroupC; c++)
            {
                for (var r = 0; r < Shape.R; r++)
                {
                    for (var s = 0; s < Shape.S; s++, index++)
                    {
                        if (RepairsOnly && float.IsFinite(Dw[index])) continue;
                        Dw[index] = Sums.BackwardWeights(in X, in Dy, k, c, r, s);
                    }
                }
            }
        }
    }
}
