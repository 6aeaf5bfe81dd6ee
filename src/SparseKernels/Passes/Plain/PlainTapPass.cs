using SparseKernels.Geometry;
using SparseKernels.Passes.Frame;
using SparseKernels.Sparsity;
using SparseKernels.Tensors;
using SparseKernels.Threading;

namespace SparseKernels.Passes.Plain;

/// <summary>
/// Forward and BackwardData in plain loops over what lies inside the images. Serves shapes whose filter reaches so far past the image that
/// the kernels' windows would be mostly padding, and sums again what padding has spoilt where weights are infinite or NaN: the kernels
/// multiply weights with the zeros around the image, which changes nothing as long as weights are finite.
/// </summary>
/// <param name="geometry">The pass.</param>
/// <param name="topology">The threads.</param>
internal sealed unsafe class PlainTapPass(TapGeometry geometry, ComputeTopology topology) : ITapPass
{
    public TapGeometry Geometry => geometry;

    public nint PackedWeightsLength => geometry.Shape.WeightLength;

    public void PackWeights(float* plain, float* packed) =>
        new ReadOnlySpan<float>(plain, geometry.Shape.WeightLength).CopyTo(new Span<float>(packed, geometry.Shape.WeightLength));

    public void Run(in ImageView input, float* packedWeights, TapEpilogue epilogue, in ImageView output)
    {
        var work = new Work { Input = input, Output = output, Weights = packedWeights, Sums = new(geometry.Shape, dropsZeros: false) };
        Run(ref work, epilogue.Bias);
    }

    /// <summary>Sums the results again that are not finite though their weights may have no part in it.</summary>
    /// <param name="input">x or dy.</param>
    /// <param name="weights">Plain <c>[K, C/Groups, R, S]</c>.</param>
    /// <param name="bias">By output channel, or empty.</param>
    /// <param name="output">y or dx, as the kernels left it.</param>
    /// <param name="dropsZeros">Whether the kernels have left out products with a zero.</param>
    public void Repair(in ImageView input, float* weights, ReadOnlySpan<float> bias, in ImageView output, bool dropsZeros)
    {
        var work = new Work { Input = input, Output = output, Weights = weights, Sums = new(geometry.Shape, dropsZeros) };
        work.RepairsOnly = true;
        Run(ref work, bias);
    }

    public void Dispose()
    {
    }

    private void Run(ref Work work, ReadOnlySpan<float> bias)
    {
        (work.Shape, work.IsForward) = (geometry.Shape, geometry.IsForward);
        fixed (float* first = bias)
        {
            work.Bias = first;
            WorkerPool.Shared.Run(ref work, geometry.OutTotal, topology);
        }
    }

    /// <summary>One call; an item is a channel of the result.</summary>
    private struct Work : IWork
    {
        public ConvolutionShape Shape;
        public bool IsForward;
        public bool RepairsOnly;
        public InsideSums Sums;
        public ImageView Input;
        public float* Weights;
        public float* Bias;
        public ImageView Output;

        public readonly void Do(int channel, int worker)
        {
            if (RepairsOnly && AreFinite(channel)) return;
            for (var image = 0; image < Shape.N; image++)
            {
                for (var h = 0; h < Output.H; h++)
                {
                    var row = Output.Row(image, channel, h);
                    for (var w = 0; w < Output.W; w++)
                    {
                        var result = row + (nint)w * Output.PixelStep;
                        if (RepairsOnly && float.IsFinite(*result)) continue;
                        *result = Sum(image, channel, h, w);
                    }
                }
            }
        }

        private readonly float Sum(int image, int channel, int h, int w) => IsForward
            ? Sums.Forward(in Input, Weights, Bias == null ? 0 : Bias[channel], image, channel, h, w)
            : Sums.BackwardData(in Input, Weights, image, channel, h, w);

        /// <summary>Whether the weights that lead to a channel are.</summary>
        private readonly bool AreFinite(int channel)
        {
            var taps = Shape.R * Shape.S;
            if (IsForward) return Finiteness.Of(Weights + (nint)channel * Shape.GroupC * taps, (nint)Shape.GroupC * taps);
            var (group, c) = (channel / Shape.GroupC, channel % Shape.GroupC);
            for (var k = group * Shape.GroupK; k < (group + 1) * Shape.GroupK; k++)
            {
                if (!Finiteness.Of(Weights + ((nint)k * Shape.GroupC + c) * taps, taps)) return false;
            }

            return true;
        }
    }
}
