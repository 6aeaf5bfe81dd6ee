using System.Runtime.CompilerServices;
using SparseKernels.Isa;
using SparseKernels.Tensors;
using SparseKernels.Threading;
using SparseKernels.Training.Sweeps;
using SparseKernels.Training.Zeros;

namespace SparseKernels.Training.Layers.Elementwise.Functions;

/// <summary>Both sweeps of an activation, whatever its function.</summary>
internal abstract class ActivationSweep
{
    /// <summary>As <see cref="IActivationFunction.MakesZeros"/>.</summary>
    public abstract bool MakesZeros { get; }

    /// <summary>As <see cref="IActivationFunction.GatesGradient"/>.</summary>
    public abstract bool GatesGradient { get; }

    /// <summary>y = f(x).</summary>
    public abstract void Forward(BlockedTensor x, BlockedTensor y, NonZeroWords nonZeros, ComputeTopology topology);

    /// <summary>dy becomes dx = dy · f′(x).</summary>
    public abstract void Backward(BlockedTensor x, BlockedTensor dy, PlaneCounts? counts, ComputeTopology topology);
}

/// <summary>The sweeps of one function: two streams each, bound by memory unless the function has an exponential.</summary>
internal sealed class ActivationSweep<TFunction>(TFunction function) : ActivationSweep
    where TFunction : struct, IActivationFunction
{
    public override bool MakesZeros => function.MakesZeros;

    public override bool GatesGradient => function.GatesGradient;

    public override void Forward(BlockedTensor x, BlockedTensor y, NonZeroWords nonZeros, ComputeTopology topology)
    {
        if (nonZeros.AreWanted) Apply<On>(x, y, nonZeros, topology);
        else Apply<Off>(x, y, nonZeros, topology);
    }

    public override void Backward(BlockedTensor x, BlockedTensor dy, PlaneCounts? counts, ComputeTopology topology)
    {
        var work = new GradientWork(function, x, dy, counts);
        Planes.Run(ref work, dy, topology);
    }

    private void Apply<TCount>(BlockedTensor x, BlockedTensor y, NonZeroWords nonZeros, ComputeTopology topology)
        where TCount : struct, ISwitch
    {
        var work = new ValueWork<TCount>(function, x, y, nonZeros);
        Planes.Run(ref work, y, topology);
    }

    private readonly unsafe struct ValueWork<TCount>(TFunction function, BlockedTensor x, BlockedTensor y, NonZeroWords nonZeros) : IPlaneWork
        where TCount : struct, ISwitch
    {
        private readonly PlaneView _x = new(x);
        private readonly PlaneView _y = new(y);

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Plane(int plane)
        {
            var f = function;
            var (length, filled) = (_x.RunLength, _x.Filled(plane));
            for (var run = 0; run < _x.Runs; run++)
            {
                float* x = _x.Row(plane, run), y = _y.Row(plane, run);
                for (nint i = 0; i < length; i += Lanes.Count)
                {
                    Ahead.Prefetch(x + _x.Next + i);
                    Ahead.Prefetch(y + _y.Next + i);
                    var value = f.Value(Lanes.Load(x + i)) & filled;
                    value.Store(y + i);
                    if (TCount.IsOn) nonZeros.Write((plane * length) + i, value);
                }
            }

            if (TCount.IsOn) nonZeros.Count(plane);
        }
    }

    private readonly unsafe struct GradientWork(TFunction function, BlockedTensor x, BlockedTensor dy, PlaneCounts? counts) : IPlaneWork
    {
        private readonly PlaneView _x = new(x);
        private readonly PlaneView _dy = new(dy);

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Plane(int plane)
        {
            // Where there is no image or channel, x and g are zero, and so is the product.
            var f = function;
            for (var run = 0; run < _x.Runs; run++)
            {
                float* x = _x.Row(plane, run), dy = _dy.Row(plane, run);
                for (nint i = 0; i < _x.RunLength; i += Lanes.Count)
                {
                    Ahead.Prefetch(x + _x.Next + i);
                    Ahead.Prefetch(dy + _dy.Next + i);
                    f.Gradient(Lanes.Load(x + i), Lanes.Load(dy + i)).Store(dy + i);
                }
            }

            counts?.Count(plane, _dy.Row(0, 0));
        }
    }
}
