using SparseKernels.Geometry;
using SparseKernels.Sparsity;
using SparseKernels.Tensors;
using SparseKernels.Threading;

namespace SparseKernels.Passes.Repair;

/// <summary>
/// Forward and BackwardData where weights are infinite or NaN. The kernels multiply weights with the zeros around the image, which changes
/// nothing as long as weights are finite; else it would make NaN of results that those weights have no part in. Such results are summed
/// again over what lies inside the image. Seldom needed, so it is a plain loop.
/// </summary>
/// <param name="geometry">The pass.</param>
internal sealed unsafe class TapRepair(TapGeometry geometry)
{
    private readonly ConvolutionShape _shape = geometry.Shape;
    private readonly int _perGroup = geometry.IsForward ? geometry.Shape.GroupK : geometry.Shape.GroupC;
    private readonly int _summed = geometry.IsForward ? geometry.Shape.GroupC : geometry.Shape.GroupK;

    private TapGeometry Geometry => geometry;

    /// <summary>Whether some tap reads past the image.</summary>
    public bool CanBeNeeded { get; } = geometry.Phases.Any(phase => phase.Taps.Any(tap => ReadsPast(geometry, phase, tap)));

    /// <summary>Sums again what the zeros around the image have spoilt.</summary>
    /// <param name="input">x or dy.</param>
    /// <param name="weights">Plain <c>[K, C/Groups, R, S]</c>.</param>
    /// <param name="bias">By output channel, or empty.</param>
    /// <param name="output">y or dx, as the kernels left it.</param>
    /// <param name="wanted">The results to look at; null for all.</param>
    /// <param name="dropsZeros">Whether products with a zero are left out, as where zeros are skipped, or are NaN.</param>
    /// <param name="topology">The threads.</param>
    public void Run(
        in ImageView input, float* weights, ReadOnlySpan<float> bias, in ImageView output, FineMask? wanted, bool dropsZeros,
        ComputeTopology topology)
    {
        fixed (float* first = bias)
        {
            var work = new Work { Repair = this, Input = input, Output = output, Wanted = wanted, DropsZeros = dropsZeros };
            work.Weights = weights;
            work.Bias = first;
            WorkerPool.Shared.Run(ref work, geometry.OutTotal, topology);
        }
    }

    private static bool ReadsPast(TapGeometry g, TapPhase phase, Tap tap) =>
        tap.Dh < 0 || tap.Dw < 0 || (phase.Rows - 1) * g.InStepH + tap.Dh >= g.InH || (phase.Columns - 1) * g.InStepW + tap.Dw >= g.InW;

    /// <summary>One call; an item is an output channel of the pass.</summary>
    private struct Work : IWork
    {
        public TapRepair Repair;
        public ImageView Input;
        public float* Weights;
        public float* Bias;
        public ImageView Output;
        public FineMask? Wanted;
        public bool DropsZeros;

        public readonly void Do(int channel, int worker)
        {
            if (AreFinite(channel)) return;
            var g = Repair.Geometry;
            for (var image = 0; image < Repair._shape.N; image++)
            {
                foreach (var phase in g.Phases)
                {
                    for (var row = 0; row < phase.Rows; row++)
                    {
                        for (var column = 0; column < phase.Columns; column++) Look(image, channel, phase, row, column);
                    }
                }
            }
        }

        private readonly bool AreFinite(int channel)
        {
            var g = Repair.Geometry;
            for (var c = 0; c < Repair._summed; c++)
            {
                if (!Finiteness.Of(WeightsOf(channel, c), g.Shape.R * g.Shape.S)) return false;
            }

            return true;
        }

        /// <summary>The taps between an output channel and the input channel <paramref name="c"/> of its group.</summary>
        private readonly float* WeightsOf(int channel, int c)
        {
            var g = Repair.Geometry;
            var (group, inGroup) = (channel / Repair._perGroup, channel % Repair._perGroup);
            var (k, weightC) = g.IsForward ? (channel, c) : (group * g.Shape.GroupK + c, inGroup);
            return Weights + ((nint)k * g.Shape.GroupC + weightC) * g.Shape.R * g.Shape.S;
        }

        private readonly void Look(int image, int channel, TapPhase phase, int row, int column)
        {
            var g = Repair.Geometry;
            var (h, w) = (phase.StartH + row * g.OutStepH, phase.StartW + column * g.OutStepW);
            var result = Output.Row(image, channel, h) + w * Output.PixelStep;
            if (float.IsFinite(*result) || (Wanted is not null && !Wanted[image, channel, h, w])) return;
            var (inH, inW) = (row * g.InStepH, column * g.InStepW);
            var inside = Array.FindAll(phase.Taps, tap => (uint)(inH + tap.Dh) < (uint)g.InH && (uint)(inW + tap.Dw) < (uint)g.InW);
            if (inside.Length < phase.Taps.Length) *result = Sum(image, channel, inside, inH, inW);
        }

        private readonly float Sum(int image, int channel, Tap[] taps, int inH, int inW)
        {
            var sum = Bias == null ? 0.0 : Bias[channel];
            var first = channel / Repair._perGroup * Repair._summed;
            for (var c = 0; c < Repair._summed; c++)
            {
                var weights = WeightsOf(channel, c);
                foreach (var tap in taps)
                {
                    double x = Input.Row(image, first + c, inH + tap.Dh)[(inW + tap.Dw) * Input.PixelStep];
                    double w = weights[tap.R * Repair._shape.S + tap.S];
                    if (!DropsZeros || (x != 0 && w != 0)) sum += x * w;
                }

                if (double.IsNaN(sum)) break;
            }

            return (float)sum;
        }
    }
}
