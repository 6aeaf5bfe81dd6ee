using System.Runtime.CompilerServices;
using SparseKernels.Isa;
using SparseKernels.Tensors;
using SparseKernels.Training.Sweeps;

namespace SparseKernels.Training.Layers.GroupNormalisation;

/// <summary>
/// Group normalisation's forward pass. The first sweep takes two sums for each channel of each image, Σ(x − pivot) and Σ(x − pivot)², where the
/// pivot is the channel's first pixel in that image, so that the variance doesn't drown in a large mean; the second is <c>y = (x − mean)·scale +
/// shift</c>, with numbers for each channel of each image.
/// </summary>
internal readonly unsafe struct GroupNormalise(GroupNorm layer, GroupVectors vectors, BlockedTensor x, BlockedTensor y) : IPairedWork
{
    private readonly PlaneView _x = new(x);
    private readonly PlaneView _y = new(y);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void First(int plane, int ahead)
    {
        var plain = vectors.SumsOf(plane);
        new Span<double>(plain, GroupVectors.Stride).Clear();
        var pivot = Lanes.Load(_x.Row(plane, 0));
        var length = _x.RunLength;
        for (var run = 0; run < _x.Runs; run++)
        {
            var x = _x.Row(plane, run);
            var next = x + _x.StepOf(ahead);
            for (nint i = 0; i < length;)
            {
                var (sum, square) = (Lanes.Zero, Lanes.Zero);
                for (var end = Math.Min(i + (DoubleSums.Run * Lanes.Count), length); i < end; i += Lanes.Count)
                {
                    Ahead.Prefetch(next + i);
                    var d = Lanes.Load(x + i) - pivot;
                    sum += d;
                    square = Lanes.MultiplyAdd(d, d, square);
                }

                DoubleSums.Fold(sum, plain);
                DoubleSums.Fold(square, plain + Lanes.Count);
            }
        }
    }

    public void Between(int unit, int count) => layer.UseStatistics(in _x, unit, count);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Second(int plane, int ahead)
    {
        var at = (nint)plane * Lanes.Count;
        var (mean, scale, shift) = (Lanes.Load(vectors.Mean + at), Lanes.Load(vectors.Scale + at), Lanes.Load(vectors.Shift + at));
        var length = _x.RunLength;
        for (var run = 0; run < _x.Runs; run++)
        {
            float* x = _x.Row(plane, run), y = _y.Row(plane, run), next = x + _x.StepOf(ahead), nextOfY = y + _y.StepOf(ahead);
            for (nint i = 0; i < length; i += Lanes.Count)
            {
                Ahead.Prefetch(next + i);
                Ahead.Prefetch(nextOfY + i);
                Lanes.MultiplyAdd(Lanes.Load(x + i) - mean, scale, shift).Store(y + i);
            }
        }
    }
}
