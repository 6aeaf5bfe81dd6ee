using System.Runtime.CompilerServices;
using SparseKernels.Isa;
using SparseKernels.Memory;
using SparseKernels.Tensors;
using SparseKernels.Threading;
using SparseKernels.Training.Parameters;
using SparseKernels.Training.Sweeps;

namespace SparseKernels.Training.Layers.Convolutions;

/// <summary>A bias for each channel in sweeps of its own: y + bias, and the sums of dy that are its gradient.</summary>
/// <param name="bias">The parameter.</param>
/// <param name="like">A tensor of y's sizes and layout.</param>
internal sealed unsafe class ChannelBias(Parameter bias, BlockedTensor like) : IDisposable
{
    // Zeros behind the last channel keep padding lanes zero.
    private readonly AlignedBuffer _padded = new(LaneBlock.Count(bias.Length) * (long)Lanes.Count);
    private readonly double[] _partials = GC.AllocateArray<double>(new PlaneView(like).Count * Lanes.Count, pinned: true);

    /// <summary>Adds the bias to a tensor.</summary>
    public void Add(BlockedTensor y, ComputeTopology topology)
    {
        bias.Values.CopyTo(new Span<float>(_padded.Pointer, bias.Length));
        var work = new AddWork(y, _padded.Pointer);
        Planes.Run(ref work, y, topology);
    }

    /// <summary>Leaves the sums of dy over images and pixels in the parameter's gradient.</summary>
    public void TakeGradient(BlockedTensor dy, ComputeTopology topology)
    {
        var work = new SumWork(dy, (double*)Unsafe.AsPointer(ref _partials[0]));
        Planes.Run(ref work, dy, topology);

        // In the order of planes and lanes, whatever the threads.
        var view = new PlaneView(dy);
        var gradient = bias.Gradients;
        for (var c = 0; c < bias.Length; c++)
        {
            var sum = 0.0;
            for (var plane = view.LanesAreImages ? c : c / Lanes.Count; plane < view.Count; plane += view.PlanesOfImages)
            {
                var lanes = _partials.AsSpan(plane * Lanes.Count, Lanes.Count);
                if (!view.LanesAreImages) sum += lanes[c % Lanes.Count];
                else foreach (var lane in lanes) sum += lane;
            }

            gradient[c] = (float)sum;
        }
    }

    public void Dispose() => _padded.Dispose();

    private readonly struct AddWork(BlockedTensor y, float* bias) : IPlaneWork
    {
        private readonly PlaneView _y = new(y);
        private readonly float* _bias = bias;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Plane(int plane)
        {
            var addend = _y.Of(_bias, plane) & _y.Live(plane);
            for (var run = 0; run < _y.Runs; run++)
            {
                var y = _y.Row(plane, run);
                for (nint i = 0; i < _y.RunLength; i += Lanes.Count) (Lanes.Load(y + i) + addend).Store(y + i);
            }
        }
    }

    private readonly struct SumWork(BlockedTensor dy, double* partials) : IPlaneWork
    {
        private readonly PlaneView _dy = new(dy);
        private readonly double* _partials = partials;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Plane(int plane)
        {
            var partial = _partials + ((nint)plane * Lanes.Count);
            new Span<double>(partial, Lanes.Count).Clear();
            for (var run = 0; run < _dy.Runs; run++)
            {
                var dy = _dy.Row(plane, run);
                for (nint i = 0; i < _dy.RunLength;)
                {
                    var sum = Lanes.Zero;
                    for (var end = Math.Min(i + (DoubleSums.Run * Lanes.Count), _dy.RunLength); i < end; i += Lanes.Count) sum += Lanes.Load(dy + i);
                    DoubleSums.Fold(sum, partial);
                }
            }
        }
    }
}
